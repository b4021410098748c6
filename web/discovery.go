package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/wxexporter/wx_exporter/poll"
)

// targetGroup is a group of targets as Prometheus' HTTP service discovery reads
// it.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery serves one target for each account. All have the address that people
// gave, or that of the request, which Prometheus can reach.
func discovery(external *url.URL, status func() []poll.Status) http.Handler {
	at := func(r *http.Request) url.URL {
		switch {
		case external != nil:
			return *external
		case r.TLS != nil:
			return url.URL{Scheme: "https", Host: r.Host}
		}
		return url.URL{Scheme: "http", Host: r.Host}
	}
	key := func(r *http.Request) string { u := at(r); return u.String() }
	return together(key, func(r *http.Request) answer {
		at := at(r)
		if at.Host == "" {
			return said(http.StatusBadRequest, "the header Host is missing: it becomes the targets' address")
		}
		groups := []targetGroup{} // never null
		for _, s := range status() {
			groups = append(groups, target(s, at))
		}
		var b bytes.Buffer
		_ = json.NewEncoder(&b).Encode(groups) // strings, which cannot fail
		return answer{http.StatusOK, "application/json", b.Bytes()}
	})
}

// target is the target of an account.
//
// As all targets have the same address, each gets an instance label of its own. The
// account's name and labels are __meta_ labels, for relabelling only: the series
// have them already, and target labels would clash with those.
//
// The scheme is set only for https. Behind a proxy that ends TLS, the user gives the
// external address, or the scrape configuration sets it.
func target(s poll.Status, at url.URL) targetGroup {
	labels := map[string]string{
		"instance":          at.Host + "/" + s.Account,
		"__metrics_path__":  strings.TrimSuffix(at.Path, "/") + "/probe",
		"__param_target":    s.Account,
		"__meta_wx_account": s.Account,
	}
	if at.Scheme == "https" {
		labels["__scheme__"] = "https"
	}
	for name, value := range s.Labels {
		labels["__meta_wx_label_"+name] = value
	}
	return targetGroup{Targets: []string{at.Host}, Labels: labels}
}
