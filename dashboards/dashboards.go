// Package dashboards holds the Grafana dashboards, a directory for each
// language, and the files that have Grafana load them. Command gen writes the
// dashboards; edit its tables, not the JSON.
package dashboards

//go:generate go run ./gen -out .
