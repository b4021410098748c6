package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
)

const benchAccounts, benchDays = 100, 30

// benchStore fills a store with a month of a hundred accounts and closes it.
func benchStore(b *testing.B) string {
	dir := b.TempDir()
	s, err := Open(dir, Options{commit: withoutSync})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, s, benchAccounts, benchDays)
	b.ReportMetric(float64(s.SizeBytes())/1e6, "MB")
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// withoutSync leaves the syncs to the system, for files that no test reads back
// after a crash.
func withoutSync(tx *bolt.Tx) error {
	tx.DB().NoSync = true
	return tx.Commit()
}

// BenchmarkStart opens a store of a hundred accounts and reads a 30-day window
// of all APIs, as a start does, with a file that is in the page cache and with
// one that is not.
func BenchmarkStart(b *testing.B) {
	dir := benchStore(b)
	for _, cache := range []string{"warm", "cold"} {
		b.Run(cache, func(b *testing.B) {
			start := cpuTime()
			for b.Loop() {
				if cache == "cold" {
					b.StopTimer()
					evict(b, filepath.Join(dir, fileName))
					b.StartTimer()
				}
				s, err := Open(dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				if n := rangeAll(b, s); n != benchAccounts*benchDays*len(sampleAPIs) {
					b.Fatalf("%d records", n)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*benchAccounts*benchDays*len(sampleAPIs))/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64((cpuTime()-start).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
	b.Run("open only", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(dir, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// rangeAll reads everything, with as many accounts at a time as there are
// processors, and returns the number of records.
func rangeAll(b *testing.B, s *Store) int {
	counts := make([]int, benchAccounts)
	var wg sync.WaitGroup
	for a := range benchAccounts {
		wg.Go(func() {
			for _, api := range sampleAPIs {
				days, err := s.Range(fmt.Sprintf("account%d", a), api.name, sampleDate(0), sampleDate(benchDays))
				if err != nil {
					b.Error(err)
				}
				counts[a] += len(days)
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// BenchmarkPut stores one day at a time, alone and from many accounts at once,
// which share their transactions.
func BenchmarkPut(b *testing.B) {
	for _, accounts := range []int{1, 100} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			s, err := Open(b.TempDir(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			day := sampleDay("account0", "getuserread", 0)
			for b.Loop() {
				var wg sync.WaitGroup
				for a := range accounts {
					wg.Go(func() { s.Put(fmt.Sprintf("account%d", a), "getuserread", day) })
				}
				wg.Wait()
			}
			b.ReportMetric(float64(b.N*accounts)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkCheck reads and checks a file as Open does before bbolt sees it.
func BenchmarkCheck(b *testing.B) {
	path := filepath.Join(benchStore(b), fileName)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		if _, err := examine(path, true); err != nil {
			b.Fatal(err)
		}
	}
}
