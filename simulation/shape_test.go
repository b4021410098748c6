package simulation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// rowsOf returns the rows of an answer; false if it is of another shape.
func (d *document) rowsOf(body map[string]any) ([]map[string]any, bool) {
	list := body["list"]
	switch d.rows {
	case theAnswer:
		if body["errcode"] != nil { // not ready
			return nil, true
		}
		return []map[string]any{body}, true
	case settlements:
		list = body[settlements]
	case inText:
		var inner map[string]any
		text, _ := body[inText].(string)
		if json.Unmarshal([]byte(text), &inner) != nil {
			return nil, false
		}
		list = inner["list"]
	}
	all, ok := list.([]any)
	if !ok {
		return nil, list == nil
	}
	rows := objects(all)
	return rows, len(rows) == len(all)
}

// put puts rows into an answer in place of those that it has.
func (d *document) put(body map[string]any, rows []map[string]any) map[string]any {
	switch d.rows {
	case theAnswer:
		if len(rows) > 0 {
			return rows[len(rows)-1]
		}
		for _, path := range d.empty {
			outer, inner, nested := strings.Cut(path, ".")
			switch in, _ := body[outer].(map[string]any); {
			case d.family == "revenue":
				delete(body, path)
			case nested && in != nil:
				in[inner] = []any{}
			case !nested:
				body[outer] = []any{}
			}
		}
	case settlements:
		body[settlements] = rows
	case inText:
		text, _ := json.Marshal(map[string]any{"list": rows})
		body[inText] = string(text)
	default:
		body["list"] = rows
	}
	return body
}

// dateOf is the day of a row, "" if it cannot be read; a row that does not tell it is of
// the day that was asked for.
func (d *document) dateOf(row map[string]any, end string) string {
	text, ok := d.dater(row)
	switch {
	case d.date == nowhere:
		return end
	case !ok:
		return ""
	case d.form == plain:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return ""
		}
		return text
	}
	if len(text) == len("20261116-20261122") {
		text = text[:8]
	}
	for _, layout := range []string{time.DateOnly, "20060102", "200601"} {
		day, err := time.Parse(layout, text)
		if err == nil && d.kind == halfMonthly {
			n, _ := number(row["order"])
			if n != 1 && n != 2 {
				return ""
			}
			day = day.AddDate(0, 0, 15*int(n-1))
		}
		if err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return ""
}

// dater is the text that tells the day of a row.
func (d *document) dater(row map[string]any) (text string, ok bool) {
	holder, name := d.dateHolder(row)
	text, ok = holder[name].(string)
	return text, ok
}

// dateHolder is the object that has the day of a row, and the name of the field.
func (d *document) dateHolder(row map[string]any) (map[string]any, string) {
	switch d.date {
	case "", nowhere:
		return row, "ref_date"
	case "stat_item.date":
		if all := objects(row["stat_item"]); len(all) > 0 {
			return all[0], "date"
		}
		return nil, "date"
	}
	return row, d.date
}

// isDaily reports whether a row tells the single day that it is of.
func (d *document) isDaily() bool {
	return d.date != nowhere && d.rows != theAnswer && d.kind != weekly && d.kind != monthly && d.kind != halfMonthly
}

// redate has a row be of another day.
func (d *document) redate(row map[string]any, day time.Time) {
	layout := time.DateOnly
	if d.form == compact || d.form == seconds {
		layout = "20060102"
	}
	holder, name := d.dateHolder(row)
	if holder != nil {
		holder[name] = day.Format(layout)
	}
}

// unkey has nobody read what day, or which thing, a row is about.
func (d *document) unkey(row map[string]any, level int) {
	if d.date != nowhere {
		if holder, name := d.dateHolder(row); holder != nil {
			holder[name] = []any{"2026-13-45", nil, map[string]any{}, "someday"}[level%4]
		}
	} else if len(d.id) > 0 {
		row[d.id[0]] = []any{[]any{1.0}, nil, map[string]any{"a": 1.0}, true}[level%4]
	}
}

// ends is the last day that a row stands for.
func (d *document) ends(day time.Time) time.Time {
	switch {
	case d.kind == weekly:
		return day.AddDate(0, 0, 6)
	case d.kind == monthly, d.kind == halfMonthly && day.Day() > 1:
		return time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, day.Location())
	case d.kind == halfMonthly:
		return day.AddDate(0, 0, 14)
	}
	return day
}

// begins reports whether rows may be of a day.
func (d *document) begins(day time.Time) bool {
	switch d.kind {
	case weekly:
		return day.Weekday() == time.Monday
	case monthly:
		return day.Day() == 1
	case halfMonthly:
		return day.Day() == 1 || day.Day() == 16
	}
	return true
}

// begun is the first day of the period that a day lies in.
func (d *document) begun(day time.Time) time.Time {
	for !d.begins(day) {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// step is the first day of the period that is n later.
func (d *document) step(day time.Time, n int) time.Time {
	for ; n > 0; n-- {
		day = d.ends(day).AddDate(0, 0, 1)
	}
	for ; n < 0; n++ {
		day = d.begun(day.AddDate(0, 0, -1))
	}
	return day
}

// notBefore is the time of day from which an API is asked for yesterday.
func (c Config) notBefore(d *document) time.Duration {
	if c.NotBefore >= 0 {
		return time.Duration(c.NotBefore) * time.Hour
	}
	if d.hour > 0 {
		return time.Duration(d.hour) * time.Hour
	}
	return 8 * time.Hour
}

// refusal is an error as an API answers it.
func (d *document) refusal(code int, message string) []byte {
	if d != nil && d.form == publisher {
		if other, ok := map[int]int{61501: 1701, 99999: 2009, 45011: 45010}[code]; ok {
			code = other
		}
		if code != 40001 && code != 42001 && code != 40164 && code != 40013 {
			return fmt.Appendf(nil, `{"base_resp":{"ret":%d,"err_msg":%q}}`, code, message)
		}
	}
	return fmt.Appendf(nil, `{"errcode":%d,"errmsg":%q}`, code, message)
}
