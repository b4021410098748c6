package web

import (
	"encoding/json"
	"net/http"

	"github.com/wxexporter/wx_exporter/poll"
)

// targetGroup is a group of targets as Prometheus' HTTP service discovery reads
// it.
type targetGroup struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// discovery serves one target for each account. All have the address of the request,
// which Prometheus can reach.
func discovery(status func() []poll.Status) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "" {
			http.Error(w, "the header Host is missing: it becomes the targets' address", http.StatusBadRequest)
			return
		}
		groups := []targetGroup{} // never null
		for _, s := range status() {
			groups = append(groups, target(s, r.Host, r.TLS != nil))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(groups)
	})
}

// target is the target of an account.
//
// As all targets have the same address, each gets an instance label of its own. The
// account's name and labels are __meta_ labels, for relabelling only: the series
// have them already, and target labels would clash with those.
//
// The scheme is set only if the request came by TLS. Behind a proxy that ends TLS,
// the scrape configuration has to set it.
func target(s poll.Status, address string, tls bool) targetGroup {
	labels := map[string]string{
		"instance":          address + "/" + s.Account,
		"__metrics_path__":  "/probe",
		"__param_target":    s.Account,
		"__meta_wx_account": s.Account,
	}
	if tls {
		labels["__scheme__"] = "https"
	}
	for name, value := range s.Labels {
		labels["__meta_wx_label_"+name] = value
	}
	return targetGroup{Targets: []string{address}, Labels: labels}
}
