package simulation

import (
	"net/http"
	"os"
	"strings"
	"time"
)

// reload has the exporter read its configuration again.
func (w *world) reload() {
	w.writeConfig()
	for _, p := range w.processes {
		w.process = p
		w.reloadOne(p)
	}
}

func (w *world) reloadOne(p *process) {
	w.model.underWay(p)
	p.loaded = time.Now()
	if status, body := w.ask(http.MethodPost, "/-/reload"); status != http.StatusOK {
		w.breaks(8, "a reload fails: %d %s; %s", status, strings.TrimSpace(body), p.lastLines())
	}
}

// underWay says that what a process has asked for may not be taken in.
func (m *model) underWay(p *process) { p.reloads.Add(1) }

// wrong has the exporter read a configuration with an error.
func (w *world) wrong() {
	text := w.config() + "accounts: []\nnonsense: true\n"
	if err := os.WriteFile(w.configFile(), []byte(text), 0o600); err != nil {
		w.breaks(0, "the world cannot write the configuration: %v", err)
	}
	if status, body := w.ask(http.MethodPost, "/-/reload"); status != http.StatusInternalServerError {
		w.breaks(5, "a reload of nonsense answers %d: %s", status, body)
	}
	w.reload()
}
