package simulation

import (
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
	foul   bool // it is not about rows
	cut    bool // the connection ends in the middle
}

// sayCode is an error of WeChat, which may repeat what it was sent.
func sayCode(code int, sent string) (*answer, error) {
	return &answer{status: http.StatusOK, foul: true, body: fmt.Appendf(nil, `{"errcode":%d,"errmsg":"no %s rid: 65f0-%d"}`, code, sent, code)}, nil
}

const html = "<html><body><h1>Bad gateway</h1>%s</body></html>"

// errcodes are the codes that the spell "code" picks from.
var errcodes = []int{-1, 61450, 45011, 45009, 61503, 40001, 42001, 40164, 48001, 50002, 47009, 40013, 99999, 61501}

// blockers are spells in place of which WeChat is not asked; sent is what it may repeat.
var blockers = map[string]func(level int, sent string) (*answer, error){
	"code":    func(level int, sent string) (*answer, error) { return sayCode(errcodes[level%len(errcodes)], sent) },
	"offline": func(_ int, sent string) (*answer, error) { return sayCode(47009, sent) },
	"quota":   func(_ int, sent string) (*answer, error) { return sayCode(45009, sent) },
	// stale: no token is right for long, as another client has it replaced all the time.
	"stale": func(_ int, sent string) (*answer, error) { return sayCode(40001, sent) },
	"html": func(_ int, sent string) (*answer, error) {
		return &answer{status: http.StatusOK, foul: true, body: []byte(fmt.Sprintf(html, sent))}, nil
	},
	"status": func(level int, sent string) (*answer, error) {
		return &answer{status: []int{500, 502, 503, 504, 403, 404, 429, 413}[level%8], foul: true, body: []byte(fmt.Sprintf(html, sent))}, nil
	},
	"reset": func(int, string) (*answer, error) { return nil, errRefused },
}

// rowsAnswer is the JSON of an answer with rows.
type rowsAnswer struct {
	List  []map[string]any `json:"list"`
	Delay any              `json:"is_delay,omitempty"`
}

// latency is how long an answer takes. No two requests end at the same moment.
func (s Script) latency(c call) time.Duration {
	return time.Duration(s.Latency)*time.Millisecond + time.Duration(chance(c.account, c.api, c.begin, c.end)%90_000)*time.Microsecond
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
	minute := int(time.Since(w.begin) / time.Minute)
	return s.From <= minute && minute < s.Until
}

// spoil lets the weather change an answer with rows.
func (w *world) spoil(c call, a *answer, spells []Spell) {
	var rows rowsAnswer
	if json.Unmarshal(a.body, &rows) != nil || rows.List == nil {
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
				f(&rows, spoiling{c, s.Level, documentOf(c.api), time.Now()})
				changed = true
			}
		}
	}
	if changed {
		a.body, _ = json.Marshal(rows)
	}
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
	date, _ := row["ref_date"].(string)
	return date >= s.now.In(beijing).AddDate(0, 0, -days).Format(time.DateOnly)
}

// spoilers change rows.
var spoilers = map[string]func(*rowsAnswer, spoiling){
	// late: the newest days have not been computed.
	"late": func(r *rowsAnswer, s spoiling) {
		r.List = slices.DeleteFunc(r.List, func(row map[string]any) bool { return s.recent(row, 1+s.level%4) })
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
			if odds(3, s.level, row["ref_date"]) {
				scale(row, s, float64(2+s.level%5))
			}
		}
	},
	// foreign: rows of days that nobody asked for come too.
	"foreign": func(r *rowsAnswer, s spoiling) {
		for _, row := range slices.Clone(r.List) {
			day, err := time.Parse(time.DateOnly, fmt.Sprint(row["ref_date"]))
			if err != nil {
				continue
			}
			away := maps.Clone(row)
			away["ref_date"] = day.AddDate(0, 0, -40*(1+s.level%9)).Format(time.DateOnly)
			r.List = append(r.List, away)
			if s.level%2 == 0 {
				after := maps.Clone(row)
				after["ref_date"] = day.AddDate(0, 0, 31+s.level).Format(time.DateOnly)
				r.List = append([]map[string]any{after}, r.List...)
			}
		}
	},
	// repeat: rows come twice; the last is right.
	"repeat": func(r *rowsAnswer, s spoiling) {
		var wrong []map[string]any
		for i, row := range r.List {
			if odds(4, s.level, i) {
				row := deep(row).(map[string]any)
				scale(row, s, 7)
				wrong = append(wrong, row)
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
	// keys: some rows have no readable key or day.
	"keys": func(r *rowsAnswer, s spoiling) {
		n := uint64(1 + s.level%8) // of 8
		for i, row := range r.List {
			if odds(n, s.level, i) {
				row["ref_date"] = []any{"2026-13-45", nil, map[string]any{}, "someday"}[s.level%4]
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
			for _, field := range slices.Sorted(maps.Keys(s.metrics)) {
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
