package collector

import "testing"

// BenchmarkSplit reads an answer, as it comes in.
func BenchmarkSplit(b *testing.B) {
	for _, name := range []string{"getusersummary", "getarticletotaldetail"} {
		b.Run(name, func(b *testing.B) {
			_, api := familyOf(b, name)
			begin, end := goldenDays(api)
			rows := simulatedRows(api, parseDay(b, begin), parseDay(b, end))
			b.SetBytes(int64(len(DayRows{Rows: rows}.JSON())))
			b.ReportAllocs()
			for b.Loop() {
				if answer := api.Split(rows, begin, end, articlesPerDay); len(answer.Days) == 0 {
					b.Fatal("no rows")
				}
			}
		})
	}
}

// BenchmarkSamples reads a stored day.
func BenchmarkSamples(b *testing.B) {
	for _, name := range []string{"getusersummary", "getarticletotaldetail"} {
		b.Run(name, func(b *testing.B) {
			_, api := familyOf(b, name)
			_, end := goldenDays(api)
			day := DayRows{Rows: simulatedRows(api, parseDay(b, end), parseDay(b, end))}.JSON()
			b.SetBytes(int64(len(day)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := api.Samples(day, articlesPerDay); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
