package wxtest

import (
	"slices"

	"github.com/wxexporter/wx_exporter/calendar"
)

// changing is a behaviour that changes what a statistics API answers.
func changing(f func(*list, ask)) Behaviour { return Behaviour{change: f} }

// Empty answers {"list":[]} whatever was asked.
func Empty() Behaviour { return changing(func(l *list, _ ask) { l.rows = nil }) }

// EmptyNull answers {"list":null}.
func EmptyNull() Behaviour {
	return changing(func(l *list, _ ask) { l.rows, l.form = nil, formNull })
}

// EmptyMissing answers {}.
func EmptyMissing() Behaviour {
	return changing(func(l *list, _ ask) { l.rows, l.form = nil, formMissing })
}

// Delayed says is_delay true. The figures are the given share of the final
// ones; 1 = they are final already.
func Delayed(share float64) Behaviour { return delayed(true, share) }

// DelayedText is Delayed with "true" as a string.
func DelayedText(share float64) Behaviour { return delayed("true", share) }

func delayed(flag any, share float64) Behaviour {
	return changing(func(l *list, _ ask) {
		l.delay = flag
		for i := range l.rows {
			l.rows[i] = l.rows[i].scaled(share)
		}
	})
}

// WrongTypes answers JSON of another shape: the list is an object.
func WrongTypes() Behaviour { return changing(func(l *list, _ ask) { l.form = formObject }) }

// OutsideDays returns the days that OutsideRows adds a row of, counted from
// begin_date.
func OutsideDays() []calendar.Day { return []calendar.Day{-730, -365, -31, -1} }

// OutsideRows adds rows of days that nobody asked for, up to two years old.
func OutsideRows() Behaviour {
	return changing(func(l *list, q ask) {
		sample := q.api.sample(q.account, q.begin).wrong()
		var rows []row
		for _, d := range OutsideDays() {
			rows = append(rows, sample.dated(q.begin+d))
		}
		l.rows = append(rows, l.rows...)
	})
}

// Duplicates repeats every row, and every entry of a list of stat dates in it,
// with other values. The last is right.
func Duplicates() Behaviour {
	return changing(func(l *list, _ ask) {
		var rows []row
		for _, r := range l.rows {
			rows = append(rows, r.wrong())
		}
		for _, r := range l.rows {
			rows = append(rows, r.doubled())
		}
		l.rows = rows
	})
}

// doubled puts wrong entries before the ones of details and detail_list.
func (r row) doubled() row {
	out := append(row(nil), r...)
	for i, f := range out {
		if entries, ok := f.val.([]row); ok && (f.key == "details" || f.key == "detail_list") {
			var twice []row
			for _, e := range entries {
				twice = append(twice, e.wrong())
			}
			out[i].val = slices.Concat(twice, entries)
		}
	}
	return out
}

// MalformedRows is how many elements Malformed adds to a list.
const MalformedRows = 9

// Malformed adds elements to the list that are no rows, or rows without a day
// or with counts of another type. The right rows follow.
func Malformed() Behaviour {
	return changing(func(l *list, q ask) {
		sample := q.api.sample(q.account, q.begin)
		undated := sample
		if i := sample.index("ref_date"); i >= 0 {
			undated = append(append(row(nil), sample[:i]...), sample[i+1:]...)
		}
		number := append(row{{"ref_date", 20260101}}, undated...)
		nonsense := append(row{{"ref_date", "2026-13-45"}}, undated...)
		retyped := sample.mapped(func(_ string, val any) any {
			if _, ok := val.(count); ok {
				return "many"
			}
			return val
		})
		l.strange = []string{`17`, `"row"`, `null`, `[]`, `{}`,
			string(undated.append(nil)), string(number.append(nil)), string(nonsense.append(nil)), string(retyped.append(nil))}
	})
}

// Rewritten answers each row as a function writes it, which is given the row's JSON.
func Rewritten(how func(row string) string) Behaviour {
	return changing(func(l *list, _ ask) {
		for _, r := range l.rows {
			l.strange = append(l.strange, how(string(r.append(nil))))
		}
		l.rows = nil
	})
}

// BadText puts raw control characters and invalid UTF-8 into the titles; into
// an unknown field of the rows that have none.
func BadText() Behaviour {
	const before, after = "\x01\x0b", "\t\x1f\xff\xfe\xe4\xbd"
	return changing(func(l *list, _ ask) {
		for i, r := range l.rows {
			if r.index("title") < 0 {
				l.rows[i] = append(append(row(nil), r...), field{"ext_text", rawText(before + after)})
				continue
			}
			l.rows[i] = r.mapped(func(key string, val any) any {
				if title, ok := val.(string); ok && key == "title" {
					return rawText(before + title + after)
				}
				return val
			})
		}
	})
}
