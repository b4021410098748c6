package simulation

import (
	"encoding/json"
	"strings"
	"time"
)

// views checks the export, which is made of the SQL views. What could not be written,
// answers and names of accounts, is kept in memory and written later.
func (w *world) views() {
	if w.isBroken() || w.isFull() || time.Since(w.cutUntil) < hearsay {
		return
	}
	text, err := w.export()
	if err != nil {
		w.breaks(6, "the export fails: %v", err)
		return
	}
	w.trace = append(w.trace, text)
	there := shown{}
	for row := range strings.Lines(text) {
		var one map[string]any
		if err := json.Unmarshal([]byte(row), &one); err != nil {
			w.breaks(1, "the export has %q", row)
			return
		}
		view, _ := one["view"].(string)
		d, parts := documentOf(byView[view]), partsOf(view)
		if d == nil {
			continue
		}
		date, _ := one["date"].(string)
		name, _ := one["account"].(string)
		p := place{w.accountOf(name), d.name, date}
		for _, part := range parts {
			key, ok := d.key(line{one, one, part})
			if !ok || !part.in(one) {
				continue // an article without entries
			}
			if there[p] == nil {
				there[p] = map[string]map[string]float64{}
			}
			if there[p][key] == nil {
				there[p][key] = map[string]float64{}
			}
			for field, metric := range part.metrics {
				v, ok := number(one[field[strings.LastIndexByte(field, '.')+1:]])
				was, again := there[p][key][metric]
				switch {
				case again && !part.sums:
					w.breaks(1, "the view %s has {%s} of %s twice", view, key, date)
				case ok:
					there[p][key][metric] = was + part.value(v)
				}
			}
		}
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	for _, p := range sortedPlaces(w.model.places) {
		k := w.model.places[p]
		d := documentOf(p.api)
		day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
		if len(d.parts) == 0 || there[p] == nil && (day.Before(w.oldest(startOfDay(w.clock()))) || w.wasOdd) {
			continue
		}
		if why := k.differs(func(v version) string { return v.differs(there[p]) }); why != "" && len(k.versions) > 0 {
			w.breaks(3, "the view %s of account %d on %s: %s", p.api, p.account, p.date, why)
			return
		}
	}
	for _, p := range sortedPlaces(there) {
		kind := documentOf(p.api).kind
		if oldest := w.oldest(startOfDay(w.clock())).AddDate(0, 0, -1); w.calm && kind != weekly && kind != monthly && kind != halfMonthly && documentOf(p.api).later == nil && p.date < oldest.Format(time.DateOnly) {
			w.breaks(3, "the view %s of account %d still has %s", p.api, p.account, p.date)
		}
		if w.model.places[p] == nil {
			w.breaks(2, "the view %s of account %d has %s, of which WeChat said nothing", p.api, p.account, p.date)
		}
	}
}

// byView is the API whose lines a view has.
var byView = func() map[string]string {
	all := map[string]string{}
	for _, d := range documents {
		for _, p := range d.parts {
			all[d.name+p.view] = d.name
		}
	}
	return all
}()

// partsOf are the lines that a view has.
func partsOf(view string) (all []*part) {
	if d := documentOf(byView[view]); d != nil {
		for i := range d.parts {
			if d.name+d.parts[i].view == view {
				all = append(all, &d.parts[i])
			}
		}
	}
	return all
}
