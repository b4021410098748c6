package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/collector"
)

//go:embed status.html
var statusHTML string

//go:embed status.css
var statusCSS string

// statusTemplate makes the page of a statusView.
func statusTemplate() *template.Template {
	return template.Must(template.New("status").Funcs(template.FuncMap{
		"css":    func() template.CSS { return template.CSS(statusCSS) },
		"broken": broken,
		"plural": plural,
	}).Parse(statusHTML))
}

// status serves the page about all accounts, or about the one that the
// parameter account names.
type status struct {
	Options
	metrics string // the link to them
	page    *template.Template
}

func (s status) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, only := s.Status(), r.URL.Query().Get("account")
	if only != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(a collector.Status) bool { return a.Account != only })
		if len(all) == 0 {
			http.Error(w, fmt.Sprintf("no account is named %q", only), http.StatusNotFound)
			return
		}
	}
	v := newStatusView(all, only, s.Now())
	v.Version, v.Metrics = s.Version, s.metrics
	var b bytes.Buffer
	if err := s.page.Execute(&b, v); err != nil {
		level.Error(s.Logger).Log("msg", "cannot make the status page", "err", err)
		http.Error(w, "the status page cannot be made; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes())
}
