package web

import (
	"fmt"
	"io"
	"net/http"
)

// healthy says that the process serves HTTP.
func healthy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, "wx_exporter is healthy.")
	})
}

// ready answers 200 when check returns nil, else 503 with the reason.
func ready(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, fmt.Sprintf("wx_exporter is not ready: %s", err), http.StatusServiceUnavailable)
			return
		}
		writeText(w, "wx_exporter is ready.")
	})
}

// reload calls f, 403 if it is nil. A page of another site cannot make a
// visitor's browser reload the exporter.
func reload(f func() error) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if f == nil {
			http.Error(w, "Reloading over HTTP is off: start wx_exporter with --web.enable-lifecycle, or send it SIGHUP.", http.StatusForbidden)
			return
		}
		if err := f(); err != nil {
			http.Error(w, fmt.Sprintf("The old configuration stays in use:\n%s", err), http.StatusInternalServerError)
			return
		}
		writeText(w, "The configuration was reloaded.")
	}))
}

// writeText answers with a line of text.
func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, text+"\n")
}
