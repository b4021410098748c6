// Package web is the exporter's HTTP surface beside the metrics themselves:
// the landing page, the status page for people, service discovery for
// Prometheus, and the health and reload endpoints.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// Options is what the handlers serve. All but Reload and ExternalURL is required.
type Options struct {
	Metrics       http.Handler // the metrics of all accounts
	Probe         http.Handler // the metrics of the account that the parameter target names
	TelemetryPath string       // of Metrics; it goes before every other path
	// Limit wraps the handlers of all pages that are made, as Metrics and Probe
	// are wrapped already.
	Limit       func(http.Handler) http.Handler
	ExternalURL *url.URL // where people and Prometheus reach the exporter; nil when that is where the request came
	Status      func() []poll.Status
	// Look looks into the store; see store.Store.
	Look func(account string, spans ...store.Span) ([]store.Found, error)
	// Tables opens the store for a download, and Spool is the directory in which it is
	// made; empty: the system's for temporary files.
	Tables  func(context.Context) (Tables, error)
	Spool   string
	Ready   func() error // nil when ready; the error says in one line what is missing
	Reload  func() error // nil when reloading over HTTP is off
	Logger  log.Logger
	Now     func() time.Time
	Version string // of the exporter
}

// Handler serves the exporter's whole HTTP surface. Health is told however many
// pages are made: an exporter that has much to do must not be restarted for it.
func Handler(o Options) http.Handler {
	metrics := "/" + strings.TrimPrefix(o.TelemetryPath, "/")
	link := (&url.URL{Path: metrics}).EscapedPath()
	address := addresses(o.ExternalURL)
	mux := http.NewServeMux()
	mux.Handle("GET /probe", o.Probe)
	mux.Handle("GET /{$}", page(texts.Remember(landing(o, address, link))))
	mux.Handle("GET /status", page(texts.Remember(o.Limit(status(o, address, link)))))
	mux.Handle("GET /figures", page(texts.Remember(o.Limit(figuresOf(o, address)))))
	mux.Handle("GET /figures/download", page(texts.Remember(o.Limit(downloads(o)))))
	mux.Handle("GET /sd", page(o.Limit(discovery(o.ExternalURL, o.Status))))
	mux.Handle("GET /-/healthy", page(healthy()))
	mux.Handle("GET /-/ready", page(ready(o.Ready)))
	mux.Handle("POST /-/reload", page(reload(o.Reload)))
	mux.Handle("PUT /-/reload", page(reload(o.Reload)))
	// The user chooses this path, so it comes before all others and is no pattern of
	// the mux.
	return bounded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != metrics:
			mux.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		default:
			o.Metrics.ServeHTTP(w, r)
		}
	}))
}

// addresses returns what makes links of paths: relative ones, which hold behind a
// proxy too, or such that begin with the address that the user gave.
func addresses(external *url.URL) func(path string) string {
	base := "."
	if external != nil {
		base = strings.TrimSuffix(external.String(), "/")
	}
	return func(path string) string { return base + path }
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
