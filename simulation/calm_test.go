package simulation

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// comesBack checks rule 8, after two calm days.
func (w *world) comesBack() {
	if w.isBroken() {
		return
	}
	status, text := w.ask(http.MethodGet, "/metrics")
	page, err := readPage(text)
	if status != http.StatusOK || err != nil {
		return // another rule
	}
	w.lacking()
	for i := range w.names {
		if w.present[i] {
			_, status := w.ask(http.MethodGet, "/status?lang=en")
			w.told(page, status, i)
			if up := page.value("wx_up", "account", w.names[i]); up != 1 && !w.applied.Accounts[i].Wrong && !w.allOffline(i) && !w.waitsForDates(i) {
				w.breaks(8, "wx_up of account %d is %v, its APIs are %v: %s", i, up, page.states(w.names[i]), w.process.lastLines())
			}
		}
	}
	for _, s := range page["wx_api_state"] {
		excused := w.hasBadDates(slices.Index(w.names, s.labels["account"]), s.labels["api"])
		if s.value == 1 && (s.labels["state"] == "failing" && !excused || s.labels["state"] == "parked") {
			w.breaks(8, "%s after two calm days: %s", s.text, w.process.lastLines())
		}
	}
	for _, name := range []string{"wx_store_healthy", "wx_exporter_config_last_reload_successful"} {
		if len(page[name]) != 1 || page[name][0].value != 1 {
			w.breaks(8, "%s is %v", name, page[name])
		}
	}
	for _, path := range []string{"/-/healthy", "/-/ready", "/status", "/sd", "/"} {
		if status, text := w.ask(http.MethodGet, path); status != http.StatusOK {
			w.breaks(8, "%s answers %d: %s", path, status, text)
		}
	}
	w.everything()
	if page.pending() != "" { // a correction that is just due a second time goes out within a quarter of an hour
		w.until(w.minute() + 16)
		_, text = w.ask(http.MethodGet, "/metrics")
		page, _ = readPage(text)
	}
	w.received(page)
}

// pending is the first series of a receiver that does not have all days yet.
func (s series) pending() string {
	for _, one := range s["wx_remote_write_pending_days"] {
		if one.value != 0 {
			return fmt.Sprintf("%s is %v", one.text, one.value)
		}
	}
	return ""
}

func (s series) value(name, label, value string) float64 {
	for _, one := range s[name] {
		if one.labels[label] == value {
			return one.value
		}
	}
	return -1
}

// states are the states of an account's APIs, by API.
func (s series) states(account string) map[string]string {
	all := map[string]string{}
	for _, one := range s["wx_api_state"] {
		if one.value == 1 && one.labels["account"] == account {
			all[one.labels["api"]] = one.labels["state"]
		}
	}
	return all
}

// rests reports whether WeChat has switched an API off.
func (w *world) rests(account int, api string) bool { return w.restsAt(account, api, time.Now()) }

// restsAt reports whether WeChat had still switched an API off at a time.
func (w *world) restsAt(account int, api string, at time.Time) bool {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	return w.model.rests[place{account: account, api: api}].After(at)
}

// hasBadDates reports whether WeChat refused the dates of an API. A request that it refused
// for that is never repeated unchanged, and of a week and more the dates stay the same.
func (w *world) hasBadDates(account int, api string) bool {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	d := documentOf(api)
	return d != nil && slices.Contains([]kind{weekly, monthly, halfMonthly}, d.kind) && w.model.badDates[place{account: account, api: api}]
}

// waitsForDates reports whether an account has an API with bad dates.
func (w *world) waitsForDates(account int) bool {
	return slices.ContainsFunc(documents, func(d document) bool { return w.hasBadDates(account, d.name) })
}

func (w *world) allOffline(account int) bool {
	for _, d := range documents {
		noPublisher := d.family == "revenue" && w.isNoPublisher(account, d.name)
		asked := w.polls(account, &d) && w.hasDays(&d) && !noPublisher
		if asked && !w.rests(account, d.name) {
			return false
		}
	}
	return true
}

// hasDays reports whether a period of an API ends in the window.
func (w *world) hasDays(d *document) bool {
	today := startOfDay(time.Now())
	for n := range w.applied.Config.length(d) {
		if end := today.AddDate(0, 0, -1-n); d.newest == 6 || d.ends(d.begun(end)).Equal(end) {
			return true
		}
	}
	return false
}

// everything checks that the rows that WeChat has of the window were fetched.
func (w *world) everything() {
	today := startOfDay(time.Now())
	for i, a := range w.applied.Accounts {
		for _, d := range documents {
			if !w.polls(i, &d) || w.rests(i, d.name) || w.applied.Config.length(&d) == 0 || d.family == "article" && !a.Old {
				continue
			}
			first := 1
			if time.Since(today) < 15*time.Hour || d.form != plain && time.Since(today) < 18*time.Hour { // WeChat computes yesterday at 8, revenue at 13, and it is asked for again and again with growing pauses
				first = 2
			}
			if w.upToDate(i, &d, today.AddDate(0, 0, -first)); d.form != plain && (d.yesterday || d.kind != daily && d.kind != article) {
				continue
			}
			length := w.applied.Config.length(&d)
			if d.form == plain {
				length = max(length, w.filled(today))
			}
			for n := first; n <= length; n++ {
				w.fetched(i, &d, today.AddDate(0, 0, -n))
			}
		}
	}
}

// filled is how many days the history goes back that two calm days are enough to fetch;
// 0 if they are not, if WeChat has said of a day that nothing is before it, or if a wrong
// clock may have taken an empty day for final.
func (w *world) filled(today time.Time) int {
	since := w.since(today)
	days := int(today.Sub(since) / (24 * time.Hour))
	early := func(s Spell) bool {
		return s.Kind == "code" && slices.Contains([]int{61500, 61501}, errcodes[s.Level%len(errcodes)])
	}
	if since.IsZero() || w.wasOdd || days > w.applied.Config.fill() || slices.ContainsFunc(w.script.Spells, early) {
		return 0
	}
	return days
}

// newestFigures is the newest day that growing figures are to include.
func newestFigures() string {
	now := time.Now()
	return startOfDay(now.Add(-15*time.Hour)).AddDate(0, 0, -1).Format(time.DateOnly)
}

func (w *world) fetched(account int, d *document, day time.Time) {
	if d.kind == monthly || d.kind == weekly || d.name == "getarticleread" {
		return
	}
	date := day.Format(time.DateOnly)
	if day.Before(w.oldest(startOfDay(time.Now()))) {
		return
	}
	parsed, err := calendar.ParseDay(date)
	if err != nil {
		return
	}
	var rows []map[string]any
	for _, raw := range w.wechat.Rows(appID(account), d.name, parsed) {
		var row map[string]any
		if json.Unmarshal(raw, &row) == nil {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	k := w.model.places[place{account, d.name, date}]
	switch {
	case k != nil && k.refused:
	case k != nil && !k.mistaken.IsZero() && !w.setAt.Before(k.mistaken): // when the clock was set it looked like any other
	case k == nil || k.asked.IsZero() && len(k.versions) == 0 && !k.settled:
		w.breaks(8, "%s of account %d: %s was never fetched", d.name, account, date)
	case len(k.versions) == 0 && !k.settled || len(k.versions) > 0 && len(k.versions[len(k.versions)-1]) == 0:
		w.breaks(8, "%s of account %d: %s has rows and they are not there", d.name, account, date)
	case d.grows > 0 && len(k.versions) > 0 && w.inWindow(d, day, startOfDay(time.Now())):
		for _, row := range rows {
			for _, l := range d.lines(row) {
				stat, _ := l.entry["stat_date"].(string)
				key, ok := d.key(l)
				if _, there := k.versions[len(k.versions)-1][key]; ok && !there && stat != "" && stat <= newestFigures() {
					w.breaks(8, "%s of account %d: of %s the figures {%s} are not there", d.name, account, date, key)
				}
			}
		}
	}
}

// lacking checks that a day of which rows could not be read was asked for again.
func (w *world) lacking() {
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	today := startOfDay(time.Now())
	for _, p := range sortedPlaces(w.model.places) {
		d := documentOf(p.api)
		day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
		rests := w.model.rests[place{account: p.account, api: p.api}].After(time.Now())
		polled := w.polls(p.account, d) && !d.yesterday
		if k := w.model.places[p]; k.lacking && !k.refused && polled && !rests && w.inWindow(d, day, today) && !day.Before(w.oldest(today)) {
			w.breaks(8, "%s of account %d: of %s rows could not be read, and it was not asked for again", p.api, p.account, p.date)
			return
		}
	}
}

// received checks that each receiver has what the store has.
func (w *world) received(page series) {
	if w.applied.Config.Receivers == 0 || w.wasSwapped {
		return
	}
	w.receivers.mu.Lock()
	defer w.receivers.mu.Unlock()
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	if some := page.pending(); some != "" {
		w.breaks(8, "%s", some)
	}
	for r := range w.applied.Config.Receivers {
		got := w.receivers.of[fmt.Sprint("r", r)]
		for _, p := range sortedPlaces(w.model.places) {
			k := w.model.places[p]
			d := documentOf(p.api)
			if day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing); day.Before(w.oldest(startOfDay(time.Now()).AddDate(0, 0, 1))) {
				continue
			}
			if !w.present[p.account] || !k.final || len(k.versions) != 1 || d.grows > 0 || d.later != nil || d.daily || len(d.most) > 0 || d.kind == article || w.isRefused(p) {
				continue
			}
			for key, cells := range k.versions[0] {
				for field, c := range cells {
					name := d.historic(p, key, field)
					v, ok := got[name]
					if (!ok && !c.optional) || ok && !slices.Contains(c.values, v) {
						w.breaks(8, "receiver r%d has %v (%v) of %s, want %v", r, v, ok, name, c.values)
						return
					}
				}
			}
		}
	}
}

// isRefused: days that a receiver refused are skipped until the next start.
func (w *world) isRefused(place) bool { return w.receivers.refused }

// historic is the name of a time series and the time of a sample.
func (d *document) historic(p place, key, field string) string {
	day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
	at := day.Add(12 * time.Hour)
	parts := []string{fmt.Sprintf("account=%d", p.account), "__name__=wx_history_" + strings.TrimPrefix(field, "wx_")}
	for part := range strings.SplitSeq(key, ",") {
		if hour, ok := strings.CutPrefix(part, "hour="); ok {
			var n int
			fmt.Sscanf(hour, "%d", &n)
			at = day.Add(time.Duration(n)*time.Hour + 30*time.Minute)
		} else if part != "" {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ",") + " " + stamp(at)
}
