// Package web is the exporter's HTTP surface beside the metrics themselves:
// the landing page, the status page for people, service discovery for
// Prometheus, and the health and reload endpoints.
package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-kit/log"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/wxexporter/wx_exporter/poll"
)

// Options is what the handlers serve. All but Reload is required.
type Options struct {
	Metrics       http.Handler // the metrics of all accounts
	Probe         http.Handler // the metrics of the account that the parameter target names
	TelemetryPath string       // of Metrics; it goes before every other path
	Status        func() []poll.Status
	Ready         func() error // nil when ready; the error says in one line what is missing
	Reload        func() error // nil when reloading over HTTP is off
	Logger        log.Logger
	Now           func() time.Time
	Version       string // of the exporter
}

// Handler serves the exporter's whole HTTP surface.
func Handler(o Options) http.Handler {
	metrics := "/" + strings.TrimPrefix(o.TelemetryPath, "/")
	link := (&url.URL{Path: metrics}).EscapedPath()
	mux := http.NewServeMux()
	mux.Handle("/probe", o.Probe)
	mux.Handle("GET /{$}", page(landing(link, o.Version)))
	mux.Handle("GET /status", page(status(o, link)))
	mux.Handle("GET /sd", page(discovery(o.Status)))
	mux.Handle("GET /-/healthy", page(healthy()))
	mux.Handle("GET /-/ready", page(ready(o.Ready)))
	mux.Handle("POST /-/reload", page(reload(o.Reload)))
	mux.Handle("PUT /-/reload", page(reload(o.Reload)))
	// The user chooses this path, so it comes before all others and is no pattern of
	// the mux.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == metrics {
			o.Metrics.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// page adds headers that forbid a browser to store the page and to load or run
// anything. Headers from the web configuration file are not replaced.
func page(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{
			"Cache-Control":           "no-store",
			"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
			"Referrer-Policy":         "no-referrer",
			"X-Content-Type-Options":  "nosniff",
		} {
			if w.Header().Get(name) == "" {
				w.Header().Set(name, value)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// landing is the page at the root: links to all the others.
func landing(metrics, version string) http.Handler {
	h, err := toolkit.NewLandingPage(toolkit.LandingConfig{
		Name:        "wx_exporter",
		Description: "Prometheus exporter for the statistics of WeChat Official Accounts",
		Version:     version,
		HeaderColor: "#067a3e",
		ExtraCSS:    ":root { color-scheme: light dark; }", // as the status page
		Profiling:   "false",
		Links: []toolkit.LandingLinks{
			{Address: "/status", Text: "Status", Description: "every account and API: newest day, open days, what is wrong and what to do"},
			{Address: metrics, Text: "Metrics", Description: "all accounts"},
			{Address: "/sd", Text: "Service discovery", Description: "one target an account, for http_sd_configs"},
			{Address: "/-/healthy", Text: "Health"},
			{Address: "/-/ready", Text: "Readiness"},
		},
	})
	if err != nil {
		panic(err) // the toolkit's own template is broken
	}
	return h
}
