package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wxexporter/wx_exporter/store"
)

// FuzzRows gives every API arbitrary rows: nothing panics, every row is kept or
// counted as dropped, every sample shows a number that stands in the rows, and
// what is kept can be exported.
func FuzzRows(f *testing.F) {
	for _, api := range allAPIs() {
		f.Add(DayRows{Rows: goldenRows(f, api)}.JSON(), uint8(2))
	}
	for _, rows := range []string{
		`[]`, `[null,1,"x",[],{}]`, `[{"ref_date":"2026-11-20","ref_date":"2026-11-19","user_source":1,"user_source":2,"new_user":1,"new_user":2}]`,
		`[{"ref_date":"2026-11-20","user_source":9007199254740993,"new_user":9223372036854775807,"cancel_user":-9223372036854775808}]`,
		`[{"ref_date":"2026-11-20","total_time_cost":1,"callback_count":-3},{"ref_date":"2026-11-20","total_time_cost":0,"callback_count":0}]`,
		`[{"ref_date":"2026-11-18","msgid":1.5e3,"detail_list":[null,{"stat_date":"2026-11-19","read_finish_rate":1e308,"read_avg_activetime":1e308,"read_jump_position":[null,{"position":1,"rate":-0}]}]}]`,
		`[{"ref_date":"2026-11-20","msgid":"\ud800","title":"\u0000\ufffd","detail":null,"details":[{"stat_date":"x"}]}]`,
	} {
		f.Add([]byte(rows), uint8(0))
	}
	families := Families()
	f.Fuzz(func(t *testing.T, rows []byte, limit uint8) {
		answer, err := readAnswer(t.Context(), append(append([]byte(`{"list":`), rows...), '}'))
		if err != nil {
			return
		}
		for _, family := range families {
			for _, api := range family.APIs {
				checkRows(t, family, api, answer, int(limit))
			}
		}
	})
}

// checkRows takes the rows of the answer to a wide request through an API.
func checkRows(t *testing.T, family Family, api API, rows []json.RawMessage, limit int) {
	const begin, end = "2026-10-01", "2026-11-20"
	answer, days, n := api.Split(rows, begin, end, limit), stored{}, 0
	for date, day := range answer.Days {
		if date < begin || date > end || day.Stat != "" && !isDate(day.Stat) {
			t.Fatalf("%s: rows of %s up to %s are kept", api.Name, date, day.Stat)
		}
		n += len(day.Rows)
		samples, err := api.Samples(day.JSON(), limit)
		if err != nil {
			t.Fatalf("%s keeps what it cannot read: %v: %s", api.Name, err, day.JSON())
		}
		checkSamples(t, api, samples, numbersIn(day.JSON()))
		for _, row := range day.Rows {
			keepsReading(t, api, row)
		}
	}
	dropped := answer.Dropped
	if dropped[DroppedInvalid] < sum(answer.Unread) || (len(answer.Misfits) == 0) != (sum(answer.Unread)+answer.Fields == 0) {
		t.Fatalf("%s: %v invalid, %v unread, %d fields, for %v", api.Name, dropped, answer.Unread, answer.Fields, answer.Misfits)
	}
	if lost := len(rows) - n - dropped[DroppedInvalid] - dropped[DroppedOutsideWindow] - dropped[DroppedDuplicate]; lost > 0 && api.Ask.Rows != TheAnswer && !api.inLists() { // answers and lists without figures are no rows
		t.Fatalf("%s: %d of %d rows are neither kept nor counted: %v", api.Name, lost, len(rows), dropped)
	}
	days.put(api.Name, answer)
	r := newRegistry(&Series{
		Family: family, Account: "brand", Limits: Limits{Articles: limit},
		Days:       func(a API) ([]Day, error) { return days[a.Name], nil },
		Unreadable: func(api, date string, err error) { t.Errorf("%s of %s: %v", api, date, err) },
	})
	if _, err := r.Gather(); err != nil {
		t.Fatalf("%s: %v", api.Name, err)
	}
}

// checkSamples holds the values against the numbers of the rows.
func checkSamples(t *testing.T, api API, samples []Sample, numbers []float64) {
	seen := map[string]bool{}
	for _, s := range samples {
		m := *s.Metric
		key := m.Name + Separator + strings.Join(s.Labels, Separator)
		if seen[key] && !m.Info {
			t.Fatalf("%s: %s%q comes twice", api.Name, m.Name, s.Labels)
		}
		seen[key] = true
		if len(s.Labels) != len(m.Labels) || !utf8.ValidString(strings.Join(s.Labels, "")) {
			t.Fatalf("%s: %s has the labels %q for %v", api.Name, m.Name, s.Labels, m.Labels)
		}
		ok := m.Info && s.Value == 1
		_, factor, multiplied := strings.Cut(m.Field, " x ")
		switch {
		case m.Info:
		case api.Groups[0].Sums: // of several
			ok = true
		case strings.HasSuffix(m.Field, " / 1000"):
			ok = quotient(s.Value, append(numbers, 1000))
		case strings.Contains(m.Field, " / "):
			ok = quotient(s.Value, numbers)
		case multiplied:
			n, good := new(big.Rat).SetString(factor)
			ok = good && times(s.Value, n, numbers)
		default:
			ok = times(s.Value, big.NewRat(1, 1), numbers)
		}
		if !ok {
			t.Fatalf("%s: %s%q is %v, which does not stand in the rows", api.Name, m.Name, s.Labels, s.Value)
		}
	}
}

// times tells whether a value is one of the numbers times a factor, as near as a double
// comes to it: 1533 times 0.001 is 1.533.
func times(v float64, factor *big.Rat, numbers []float64) bool {
	for _, n := range numbers {
		exact := new(big.Rat).SetFloat64(n)
		if exact == nil {
			continue
		}
		if near, _ := exact.Mul(exact, factor).Float64(); near == v {
			return true
		}
	}
	return false
}

// quotient tells whether a value is one of the numbers divided by another.
func quotient(v float64, numbers []float64) bool {
	for _, total := range numbers {
		for _, n := range numbers {
			if n != 0 && total/n == v {
				return true
			}
		}
	}
	return false
}

// numbersIn reads all numbers of a JSON text, token by token so that repeated
// names hide none: each as it is written, rounded once.
func numbersIn(text []byte) (numbers []float64) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return numbers
		}
		if n, ok := token.(json.Number); ok {
			if v, err := strconv.ParseFloat(n.String(), 64); err == nil {
				numbers = append(numbers, v)
			}
		}
	}
}

// FuzzStored gives one API an arbitrary row: what is kept of it is JSON, which a
// database shows with the figures that /metrics has.
func FuzzStored(f *testing.F) {
	for _, api := range allAPIs() {
		for _, row := range append(goldenRows(f, api), filledRow(f, api)) {
			f.Add(api.Name, []byte(row))
		}
	}
	f.Add("getarticleread", []byte(`{"ref_date":20261120,"msgid":1e3,"detail":{"read_user":"9007199254740993","read_user":"1e2","read_user_source":[null,{}]}}`))
	f.Add("getusercumulate", []byte(`{"ref_date":"2026-11-20","cumulate_user":-0.0,"a":{"a":[1e-999,"\ud800"]},"a":"\u0000"}`))
	apis := map[string]API{}
	for _, api := range allAPIs() {
		apis[api.Name] = api
	}
	o := store.Options{Path: f.TempDir()}
	s, err := store.Open(f.Context(), o)
	if err != nil {
		f.Fatal(err)
	}
	from, err := store.OpenReader(f.Context(), o)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _, _ = from.Close(), s.Close() })
	f.Fuzz(func(t *testing.T, name string, row []byte) {
		api, known := apis[name]
		rows, err := readAnswer(t.Context(), fmt.Appendf(nil, `{"list":[%s]}`, row))
		if !known || err != nil {
			return
		}
		for date, day := range api.Split(rows, "2000-01-01", "2099-12-31", 0).Days {
			for _, one := range day.Rows {
				keepsReading(t, api, one)
			}
			s.Put("brand", name, store.Day{Date: date, Rows: day.JSON()})
			viewsShow(t, from, "brand", api, date, day)
		}
	})
}
