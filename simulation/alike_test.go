package simulation

import (
	"net/http"
	"slices"
	"strings"
	"testing/synctest"
	"time"
)

// telling is what a replica tells of the states of an account and its APIs.
type telling struct {
	process *process
	reloads int64
	text    string
}

// areAlike checks that replicas tell the same of accounts. The contract: "What one replica
// stores is on the others' pages within five seconds by notification, and within a minute
// without one (poolers), states of accounts and APIs included, so that any replica answers
// any scrape alike". Where they do not at once, that minute passes.
func (w *world) areAlike() {
	if w.script.Replicas <= 1 || w.isBroken() || !w.meets() {
		return
	}
	var disputed []int
	before := make([][]telling, len(w.names))
	for i := range w.names {
		if before[i] = w.tell(i); slices.ContainsFunc(before[i], func(t telling) bool { return t.text != before[i][0].text }) {
			disputed = append(disputed, i)
		}
	}
	for range 8 {
		if len(disputed) == 0 {
			return
		}
		time.Sleep(hearsay / 7)
		synctest.Wait()
		disputed = slices.DeleteFunc(disputed, func(i int) bool {
			now := w.tell(i)
			return len(now) < 2 || len(before[i]) < 2 || now[0] != before[i][0] || !slices.ContainsFunc(now, func(t telling) bool {
				return t.text != now[0].text && slices.Contains(before[i], t)
			})
		})
	}
	for _, i := range disputed {
		if now := w.tell(i); w.meets() {
			w.breaks(1, "the replicas tell different states of account %d: %v", i, []string{now[0].text, now[len(now)-1].text})
		}
	}
}

// meets reports whether nothing keeps replicas from hearing of each other.
func (w *world) meets() bool {
	return !w.isFull() && time.Since(w.cutUntil) >= hearsay && w.clockRightSince(time.Now().Add(-5*time.Minute))
}

// tell returns what the replicas tell of an account, that which polls it first; nothing if
// none does.
func (w *world) tell(account int) (all []telling) {
	if !w.present[account] {
		return nil
	}
	holder := w.meeting.holder(appID(account))
	looked := w.process
	defer func() { w.process = looked }()
	for _, p := range w.processes {
		if p == nil || p.dead.Load() {
			continue
		}
		w.process = p
		_, page := w.ask(http.MethodGet, "/metrics")
		var text strings.Builder
		for line := range strings.Lines(page) {
			if (strings.HasPrefix(line, "wx_api_state{") || strings.HasPrefix(line, "wx_up{")) && strings.Contains(line, `account="`+w.names[account]+`"`) && strings.HasSuffix(line, " 1\n") {
				text.WriteString(line)
			}
		}
		if t := (telling{p, p.reloads.Load(), text.String()}); p.name() == holder {
			all = slices.Insert(all, 0, t)
		} else {
			all = append(all, t)
		}
	}
	if len(all) > 0 && all[0].process.name() != holder {
		return nil
	}
	return all
}
