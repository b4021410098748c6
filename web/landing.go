package web

import (
	_ "embed"
	"net/http"

	"github.com/wxexporter/wx_exporter/web/texts"
)

//go:embed landing.html
var landingHTML string

// link is where the landing page leads to.
type link struct{ Address, Text, Description string }

// landing is the page at the root: links to all the others.
func landing(o Options, address func(path string) string, metrics string) http.Handler {
	pages := inAllLanguages("landing", landingHTML, statusCSS, o.Logger, address)
	links := []link{
		{address("/figures"), "Figures", "for people: the figures of all accounts, charts, tables"},
		{address("/status"), "Status", "every account and API: newest day, open days, what is wrong and what to do"},
		{address(metrics), "Metrics", "all accounts"},
		{address("/sd"), "Service discovery", "one target an account, for http_sd_configs"},
		{address("/-/healthy"), "Health", ""},
		{address("/-/ready"), "Readiness", ""},
	}
	return together(asked, func(r *http.Request) answer {
		l := texts.Of(r)
		return pages.make(l, struct {
			Version, Other string
			Links          []link
		}{o.Version, l.Other().Link(r.URL.Query()), links})
	})
}
