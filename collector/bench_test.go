package collector

import "testing"

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
