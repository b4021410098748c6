package web

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/web/texts"
)

// pages is a page in each language.
type pages struct {
	templates map[texts.Language]*template.Template
	logger    log.Logger
}

// inAllLanguages reads a template, whose style is css. Texts in it are those of the catalog.
func inAllLanguages(name, text, css string, logger log.Logger, address func(path string) string) pages {
	p := pages{map[texts.Language]*template.Template{}, logger}
	for _, l := range texts.Languages() {
		p.templates[l] = template.Must(template.New(name).Funcs(template.FuncMap{
			"css":           func() template.CSS { return template.CSS(css) },
			"address":       address,
			"t":             l.Say,
			"count":         l.Count,
			"tag":           l.Tag,
			"other":         l.Other,
			"advice":        l.Advice,
			"names":         func(a affected) string { return a.names(l) },
			"accountStates": func() []string { return accountStates },
			"apiStates":     func() []string { return apiStates },
			"rounded":       rounded,
		}).Parse(text))
	}
	return p
}

// make makes the page in a language.
func (p pages) make(l texts.Language, of any) answer {
	var b bytes.Buffer
	if err := p.templates[l].Execute(&b, of); err != nil {
		level.Error(p.logger).Log("msg", "cannot make a page", "err", err)
		return said(http.StatusInternalServerError, l.Say("the page cannot be made; the log says why"))
	}
	return answer{http.StatusOK, "text/html; charset=utf-8", b.Bytes()}
}

// asked tells which page a request asks for, and in which language.
func asked(r *http.Request) string { return string(texts.Of(r)) + "?" + r.URL.Query().Encode() }
