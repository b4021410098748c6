package simulation

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// answer is what WeChat says to a request.
type answer struct {
	status int
	body   []byte
	foul   bool   // it is not about rows
	cut    bool   // the connection ends in the middle
	wire   []byte // as it is sent, if that is not the body
	packed bool   // with gzip
}

// sayCode is an error of WeChat, which may repeat what it was sent.
func sayCode(d *document, code int, sent string) (*answer, error) {
	return &answer{status: http.StatusOK, foul: true, body: d.refusal(code, fmt.Sprintf("no %s rid: 65f0-%d", sent, code))}, nil
}

const html = "<html><body><h1>Bad gateway</h1>%s</body></html>"

// errcodes are the codes that the spell "code" picks from.
var errcodes = []int{-1, 61450, 45011, 45009, 61503, 40001, 42001, 40164, 48001, 50002, 47009, 40013, 99999, 61501}

// blockers are spells in place of which WeChat is not asked; sent is what it may repeat,
// the document that of the API, nil if there is none.
var blockers = map[string]func(d *document, level int, sent string) (*answer, error){
	"code": func(d *document, level int, sent string) (*answer, error) {
		return sayCode(d, errcodes[level%len(errcodes)], sent)
	},
	"offline": func(d *document, _ int, sent string) (*answer, error) { return sayCode(d, 47009, sent) },
	"quota":   func(d *document, _ int, sent string) (*answer, error) { return sayCode(d, 45009, sent) },
	// stale: no token is right for long, as another client has it replaced all the time.
	"stale": func(d *document, _ int, sent string) (*answer, error) { return sayCode(d, 40001, sent) },
	"html": func(_ *document, _ int, sent string) (*answer, error) {
		return &answer{status: http.StatusOK, foul: true, body: []byte(fmt.Sprintf(html, sent))}, nil
	},
	"status": func(_ *document, level int, sent string) (*answer, error) {
		return &answer{status: []int{500, 502, 503, 504, 403, 404, 429, 413}[level%8], foul: true, body: []byte(fmt.Sprintf(html, sent))}, nil
	},
	"reset": func(*document, int, string) (*answer, error) { return nil, errRefused },
}

// rowsAnswer is an answer with rows.
type rowsAnswer struct {
	List  []map[string]any
	Delay any // is_delay; nil: as it is
}

// latency is how long an answer takes. No two requests end at the same moment.
func (s Script) latency(c call) time.Duration {
	return time.Duration(s.Latency)*time.Millisecond + time.Duration(chance(c.account, c.api, c.begin, c.end, c.question, c.page)%90_000)*time.Microsecond
}

// over are the spells that a call meets.
func (w *world) over(c call) (all []Spell) {
	if !w.calm {
		for _, s := range w.script.Spells {
			api := s.API == c.api || s.API == "" && documentOf(c.api) != nil || s.API == "token" && (c.api == "stable_token" || c.api == "token")
			if api && (s.Account < 0 || s.Account == c.account) && w.within(s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func (w *world) within(s Spell) bool {
	minute := w.minute()
	return s.From <= minute && minute < s.Until
}

// spoil lets the weather change an answer with rows.
func (w *world) spoil(c call, a *answer, spells []Spell) {
	var rows rowsAnswer
	var body map[string]any
	d := documentOf(c.api)
	if json.Unmarshal(a.body, &body) != nil {
		return
	}
	if rows.List, _ = d.rowsOf(body); rows.List == nil {
		return
	}
	changed := false
	for _, s := range spells {
		switch s.Kind {
		case "cut":
			a.cut = true
		case "half":
			a.body, a.foul = a.body[:len(a.body)/2], true
			return
		default:
			if f := spoilers[s.Kind]; f != nil {
				f(&rows, spoiling{c, s.Level, d, time.Now()})
				changed = true
			}
		}
	}
	if changed {
		if body = d.put(body, rows.List); len(rows.List) == 0 && c.page == 1 {
			body["total_num"] = 0
		}
		if rows.Delay != nil {
			body["is_delay"] = rows.Delay
		}
		a.body, _ = json.Marshal(body)
	}
}

// wrap is how an answer is sent: in the spell "php" an empty list is an object, and half
// of the answers are packed.
func (a *answer) wrap(d *document, spells []Spell) {
	a.wire = a.body
	for _, s := range spells {
		if s.Kind != "php" || a.foul || d == nil {
			continue
		}
		if d.form == plain {
			a.wire = bytes.Replace(a.body, []byte(`"list":[]`), []byte(`"list":{}`), 1)
		}
		if a.packed = s.Level%2 == 0; a.packed {
			a.wire = packed(a.wire)
		}
		return
	}
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, _ = zip.Write(text) // to memory
	_ = zip.Close()
	return b.Bytes()
}

// spoiling is what a spoiler knows.
type spoiling struct {
	call
	level int
	*document
	now time.Time
}

// recent reports whether a row is of the newest days.
func (s spoiling) recent(row map[string]any, days int) bool {
	day, err := time.ParseInLocation(time.DateOnly, s.dateOf(row, s.end), beijing)
	return err == nil && !s.ends(day).Before(startOfDay(s.now).AddDate(0, 0, -days))
}

// ungrown leaves out of a row what the newest days brought.
func (s spoiling) ungrown(row map[string]any, days int) {
	day, err := time.ParseInLocation(time.DateOnly, s.dateOf(row, s.end), beijing)
	for i := range s.parts {
		list, _ := row[s.parts[i].each].([]any)
		if err != nil || s.later == nil || list == nil {
			continue
		}
		row[s.parts[i].each] = slices.DeleteFunc(list, func(one any) bool {
			n, ok := number(at(one.(map[string]any), "key"))
			return ok && !s.ends(s.step(day, int(n))).Before(startOfDay(s.now).AddDate(0, 0, -days))
		})
	}
}

// spoilers change rows.
var spoilers = map[string]func(*rowsAnswer, spoiling){
	// late: the newest days have not been computed.
	"late": func(r *rowsAnswer, s spoiling) {
		r.List = slices.DeleteFunc(r.List, func(row map[string]any) bool { return s.recent(row, 1+s.level%4) })
		for _, row := range r.List {
			s.ungrown(row, 1+s.level%4)
		}
	},
	// part: of the newest days some rows are there.
	"part": func(r *rowsAnswer, s spoiling) {
		i := 0
		r.List = slices.DeleteFunc(r.List, func(row map[string]any) bool { i++; return s.recent(row, 2) && odds(4, s.level, s.api, i) })
	},
	"empty": func(r *rowsAnswer, s spoiling) { r.List = []map[string]any{} },
	// contradict: the numbers are others, for as long as the spell lasts.
	"contradict": func(r *rowsAnswer, s spoiling) {
		for _, row := range r.List {
			if text, _ := s.dater(row); odds(3, s.level, text) {
				scale(row, s, float64(2+s.level%5))
			}
		}
	},
	// foreign: rows of days that nobody asked for come too.
	"foreign": func(r *rowsAnswer, s spoiling) {
		for _, row := range slices.Clone(r.List) {
			day, err := time.Parse(time.DateOnly, s.dateOf(row, s.end))
			if err != nil || s.form != plain && !s.isDaily() {
				continue
			}
			away := deep(row).(map[string]any)
			s.redate(away, day.AddDate(0, 0, -40*(1+s.level%9)))
			r.List = append(r.List, away)
			if s.level%2 == 0 {
				after := deep(row).(map[string]any)
				s.redate(after, day.AddDate(0, 0, 31+s.level))
				r.List = append([]map[string]any{after}, r.List...)
			}
		}
	},
	// repeat: rows, or entries of one, come twice; the last is right.
	"repeat": func(r *rowsAnswer, s spoiling) {
		var wrong []map[string]any
		for i, row := range r.List {
			if odds(4, s.level, i) && s.rows != theAnswer {
				row := deep(row).(map[string]any)
				scale(row, s, 7)
				wrong = append(wrong, row)
			} else if entries, _ := row[s.each].([]any); len(entries) > 0 && odds(4, i, s.level) {
				again := deep(row).(map[string]any)
				scale(again, s, 7)
				wrongOnes, _ := again[s.each].([]any)
				row[s.each] = append(wrongOnes, entries...)
			}
		}
		r.List = append(wrong, r.List...)
	},
	"delay": func(r *rowsAnswer, s spoiling) {
		if s.delays {
			r.Delay = []any{true, "true"}[s.level%2]
		}
	},
	// texts: numbers come as strings, or with a fraction of nothing.
	"texts": func(r *rowsAnswer, s spoiling) {
		eachNumber(r.List, s, func(v float64, i int) any {
			if odds(4, s.level, i) {
				return json.Number(fmt.Sprintf("%.1f", v))
			}
			return fmt.Sprintf("%.0f", v)
		})
	},
	// fields: some numbers cannot be read.
	"fields": func(r *rowsAnswer, s spoiling) {
		eachNumber(r.List, s, func(v float64, i int) any {
			if odds(2, s.level, i) {
				return []any{"many", map[string]any{}, true, []any{}}[s.level%4]
			}
			return v
		})
	},
	// keys: some rows, or all, have no readable day.
	"keys": func(r *rowsAnswer, s spoiling) {
		n := uint64(1 + s.level%8) // of 8
		if s.level >= 32 {
			n = 8
		}
		for i, row := range r.List {
			if odds(n, s.level, i) {
				s.unkey(row, s.level)
			}
		}
	},
}

// scale multiplies the numbers of a row.
func scale(row map[string]any, s spoiling, factor float64) {
	eachNumber([]map[string]any{row}, s, func(v float64, _ int) any { return v * factor })
}

// eachNumber replaces the numbers that metrics are made of.
func eachNumber(rows []map[string]any, s spoiling, f func(v float64, i int) any) {
	i := 0
	for _, row := range rows {
		for _, line := range s.lines(row) {
			for _, field := range slices.Sorted(maps.Keys(line.metrics)) {
				holder, name := line.holder(field)
				if v, ok := holder[name].(float64); ok {
					holder[name] = f(v, i)
					i++
				}
			}
		}
	}
}

// deep copies JSON.
func deep(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = deep(e)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = deep(e)
		}
		return l
	}
	return v
}
