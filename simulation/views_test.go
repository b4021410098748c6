package simulation

import (
	"encoding/json"
	"strings"
	"time"
)

// views checks the export, which is made of the SQL views.
func (w *world) views() {
	if w.isBroken() || w.isFull() {
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
		api, _ := one["view"].(string)
		d := documentOf(api)
		if d == nil || len(d.metrics) == 0 {
			continue
		}
		date, _ := one["date"].(string)
		name, _ := one["account"].(string)
		p := place{w.accountOf(name), api, date}
		key, ok := d.key(line{one, one})
		if !ok {
			continue // an article without entries
		}
		if there[p] == nil {
			there[p] = map[string]map[string]float64{}
		}
		if there[p][key] != nil {
			w.breaks(1, "the view %s has {%s} of %s twice", api, key, date)
		}
		there[p][key] = map[string]float64{}
		for field := range d.metrics {
			if v, ok := number(one[field[strings.LastIndexByte(field, '.')+1:]]); ok {
				there[p][key][field] = v
			}
		}
	}
	w.model.mu.Lock()
	defer w.model.mu.Unlock()
	for _, p := range sortedPlaces(w.model.places) {
		k := w.model.places[p]
		d := documentOf(p.api)
		day, _ := time.ParseInLocation(time.DateOnly, p.date, beijing)
		if len(d.metrics) == 0 || there[p] == nil && (day.Before(w.oldest(startOfDay(w.clock()))) || w.wasOdd) {
			continue
		}
		if why := k.differs(there[p]); why != "" && len(k.versions) > 0 {
			w.breaks(3, "the view %s of account %d on %s: %s", p.api, p.account, p.date, why)
			return
		}
	}
	for _, p := range sortedPlaces(there) {
		kind := documentOf(p.api).kind
		if oldest := w.oldest(startOfDay(w.clock())).AddDate(0, 0, -1); w.calm && kind != weekly && kind != monthly && p.date < oldest.Format(time.DateOnly) {
			w.breaks(3, "the view %s of account %d still has %s", p.api, p.account, p.date)
		}
		if w.model.places[p] == nil {
			w.breaks(2, "the view %s of account %d has %s, of which WeChat said nothing", p.api, p.account, p.date)
		}
	}
}
