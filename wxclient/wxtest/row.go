package wxtest

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// row is a JSON object with its fields in order. A field's value is one of:
// count, int (a code, hour or type), float64, string, rawText, row, []row.
type row []field

type field struct {
	key string
	val any
}

// count is a figure that WeChat may correct later; other numbers are keys.
type count int64

// rawText is a string that is sent with its control characters and invalid
// UTF-8 as they are, as WeChat does with some titles.
type rawText string

func (r row) index(key string) int {
	for i := range r {
		if r[i].key == key {
			return i
		}
	}
	return -1
}

// mapped returns a deep copy of r with f applied to every value that is not an
// object or a list.
func (r row) mapped(f func(key string, val any) any) row {
	out := make(row, len(r))
	for i, p := range r {
		switch v := p.val.(type) {
		case row:
			out[i] = field{p.key, v.mapped(f)}
		case []row:
			list := make([]row, len(v))
			for j := range v {
				list[j] = v[j].mapped(f)
			}
			out[i] = field{p.key, list}
		default:
			out[i] = field{p.key, f(p.key, v)}
		}
	}
	return out
}

// scaled returns a copy of r with all counts multiplied by factor.
func (r row) scaled(factor float64) row {
	return r.mapped(func(_ string, val any) any {
		if n, ok := val.(count); ok {
			return count(math.Round(float64(n) * factor))
		}
		return val
	})
}

// wrong returns a copy of r with other counts, none of them right.
func (r row) wrong() row {
	return r.mapped(func(_ string, val any) any {
		if n, ok := val.(count); ok {
			return n*7 + 1_000_003
		}
		return val
	})
}

// dated returns a copy of r for another day. The days inside the row, such as
// stat_date, stay as they are.
func (r row) dated(d calendar.Day) row {
	out := append(row(nil), r...)
	for i, f := range out {
		if f.key != "ref_date" && f.key != "date" {
			continue
		}
		switch text, _ := f.val.(string); len(text) {
		case len(time.DateOnly):
			out[i].val = d.String()
		case len(compact):
			out[i].val = compacted(d)
		}
	}
	return out
}

// dress gives rows the oddities of WeChat's answers: an order of keys that
// varies, fields that nobody documented, and, unless user_source is a matter of
// the API (api.sourced), one that means nothing.
func dress(rows []row, sourced bool, r dice) {
	for i := range rows {
		p := slices.Grow(rows[i], 3)
		if !sourced && r.float() < 0.85 {
			p = append(p, field{"user_source", 0})
		}
		if r.float() < 0.1 {
			p = append(p, field{"ext_info", row{{"version", 2}, {"tags", []row{}}}})
		}
		if r.float() < 0.1 {
			p = append(p, field{"reserved", ""})
		}
		p.rotate(r.intN(len(p)))
		rows[i] = p
		for _, f := range rows[i] {
			if nested, ok := f.val.([]row); ok {
				for j := range nested {
					nested[j].rotate(r.intN(2))
				}
			}
		}
	}
}

// rotate puts the first n fields last.
func (r row) rotate(n int) {
	if n < len(r) {
		slices.Reverse(r[:n])
		slices.Reverse(r[n:])
		slices.Reverse(r)
	}
}

// size is about how many bytes append adds.
func (r row) size() int {
	n := 2
	for _, f := range r {
		n += len(f.key) + 4
		switch v := f.val.(type) {
		case string:
			n += len(v) + 2
		case row:
			n += v.size()
		case []row:
			for i := range v {
				n += v[i].size() + 1
			}
		default:
			n += 8
		}
	}
	return n
}

func (r row) append(b []byte) []byte {
	b = append(b, '{')
	for i, f := range r {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, f.key...)
		b = append(b, '"', ':')
		b = appendValue(b, f.val)
	}
	return append(b, '}')
}

// appendFields adds the fields of r to an object that is open.
func (r row) appendFields(b []byte) []byte {
	for _, f := range r {
		b = appendString(separate(b), f.key)
		b = appendValue(append(b, ':'), f.val)
	}
	return b
}

// separate adds the comma before another field of an object that is open.
func separate(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}

func appendValue(b []byte, val any) []byte {
	switch v := val.(type) {
	case count:
		return strconv.AppendInt(b, int64(v), 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendString(b, v)
	case rawText:
		return append(append(append(b, '"'), v...), '"')
	case row:
		return v.append(b)
	case []row:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = v[i].append(b)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
