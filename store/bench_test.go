package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

const benchAccounts, benchAPIs, benchDays = 100, 21, 30

// benchDay has as many bytes as the average day of a busy account.
func benchDay(n int) Day {
	row := `{"ref_date":"2026-11-20","ref_hour":1200,"user_source":30,"int_page_read_user":1234,"int_page_read_count":2345}`
	return Day{Date: sampleDate(n), Rows: []byte("[" + strings.Repeat(row+",", 15) + row + "]"), Fetched: testNow}
}

func benchWeek(n int) (days []Day) {
	for d := range n {
		days = append(days, benchDay(d))
	}
	return days
}

func eachEngine(b *testing.B, bench func(*testing.B, Options)) {
	b.Run("SQLite", func(b *testing.B) { bench(b, Options{Path: b.TempDir()}) })
	b.Run("PostgreSQL", func(b *testing.B) { bench(b, Options{URL: pgtest.Start(b).Database(b)}) })
}

// BenchmarkPut keeps an answer of 30 days, alone and from many accounts at once,
// which share transactions.
func BenchmarkPut(b *testing.B) {
	eachEngine(b, func(b *testing.B, o Options) {
		s, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		days := benchWeek(30)
		for _, accounts := range []int{1, benchAccounts} {
			b.Run(fmt.Sprint("accounts=", accounts), func(b *testing.B) {
				for b.Loop() {
					var wg sync.WaitGroup
					for a := range accounts {
						wg.Go(func() { s.Put(fmt.Sprint("wx", a), "getuserreadhour", days...) })
					}
					wg.Wait()
				}
			})
		}
	})
}

// BenchmarkStart opens a store of a hundred accounts and reads their window.
func BenchmarkStart(b *testing.B) {
	eachEngine(b, func(b *testing.B, o Options) {
		s, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		days := benchWeek(benchDays)
		var wg sync.WaitGroup
		for a := range benchAccounts {
			wg.Go(func() {
				for api := range benchAPIs {
					s.Put(fmt.Sprint("wx", a), fmt.Sprint("api", api), days...)
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(s.SizeBytes())/1e6, "MB")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		read := func(b *testing.B, read func(s *Store, account, api string) (int, error)) {
			for b.Loop() {
				s, err := Open(b.Context(), o)
				if err != nil {
					b.Fatal(err)
				}
				for a := range benchAccounts {
					for api := range benchAPIs {
						if n, err := read(s, fmt.Sprint("wx", a), fmt.Sprint("api", api)); n != benchDays || err != nil {
							b.Fatal(n, err)
						}
					}
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.Run("Days", func(b *testing.B) {
			read(b, func(s *Store, account, api string) (int, error) {
				days, err := s.Days(account, api, sampleDate(0), sampleDate(benchDays))
				return len(days), err
			})
		})
		b.Run("Known", func(b *testing.B) {
			read(b, func(s *Store, account, api string) (int, error) {
				days, err := s.Known(account, api, sampleDate(0), sampleDate(benchDays))
				return len(days), err
			})
		})
	})
}
