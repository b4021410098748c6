package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// load has accounts put a day after the other until told to stop. The store is
// flushed as the exporter does, only faster.
func load(s *Store, disturb func()) (put [8]int) {
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for a := range put {
		wg.Go(func() {
			account := fmt.Sprint("wx", a)
			for ; ctx.Err() == nil && put[a] < 1000; put[a]++ {
				s.Put(account, sampleAPI, sampleDay(account, put[a]))
				s.PutState(account, "n", fmt.Append(nil, put[a]))
			}
		})
	}
	disturb()
	stop()
	wg.Wait()
	return put
}

// wantAll fails unless all that load put is in the database.
func wantAll(t *testing.T, s *Store, put [8]int) {
	t.Helper()
	s.Flush()
	wantHealthy(t, s, true)
	if len(s.waiting) > 0 {
		t.Errorf("%d places wait", len(s.waiting))
	}
	for a, n := range put {
		account := fmt.Sprint("wx", a)
		wantDays(t, s, account, sampleDays(account, 0, n-1)...)
		if got, err := s.State(account, "n"); string(got) != fmt.Sprint(n-1) || err != nil {
			t.Errorf("%s: state %s, %v, want %d", account, got, err, n-1)
		}
	}
}

func TestPostgres(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	fresh := func(t *testing.T) (world, *Store) {
		w := newWorld("", server.Database(t))
		s := w.open(t)
		t.Cleanup(func() { mustClose(t, s) })
		return w, s
	}
	t.Run("opened by several at once", func(t *testing.T) {
		w := newWorld("", server.Database(t))
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				s, err := Open(t.Context(), w.Options)
				if err != nil {
					t.Error(err)
					return
				}
				s.Put(fmt.Sprint("wx", n), sampleAPI, sampleDay("wx", n))
				mustClose(t, s)
			})
		}
		wg.Wait()
		s := w.open(t)
		defer s.Close()
		wantLines(t, s, "SELECT count(*) FROM days", "6|")
		if w.log.String() != "" {
			t.Error(w.log)
		}
	})
	t.Run("opened while a view is read", func(t *testing.T) {
		w, s := fresh(t)
		tx, err := s.db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec("SELECT * FROM getusersummary"); err != nil {
			t.Fatal(err)
		}
		mustClose(t, w.open(t))
	})
	t.Run("somebody else's tables", func(t *testing.T) {
		w := newWorld("", server.Database(t))
		db, err := sql.Open("pgx", w.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("CREATE TABLE state (x int)"); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), w.Options); err == nil {
			t.Error("they are used")
		}
		w.URL += "&search_path=wx"
		if _, err := db.Exec("CREATE SCHEMA wx"); err != nil {
			t.Fatal(err)
		}
		mustClose(t, w.open(t))
	})
	t.Run("known without the rows", func(t *testing.T) {
		_, s := fresh(t)
		texts := []string{"", "[]", "[1]", "[0]", "[{}]", "[ ]", "[" + strings.Repeat(`{"title":"the same"},`, 3000) + "{}]"}
		random := rand.New(rand.NewPCG(1, 2))
		for len(texts) < 60 {
			var big strings.Builder
			for big.Len() < 50_000 { // what does not become small by compression
				fmt.Fprintf(&big, `{"msgid":"%x"},`, random.Uint64())
			}
			texts = append(texts, "["+big.String()+"{}]")
		}
		for n, rows := range texts {
			s.Put("wx1", sampleAPI, Day{Date: sampleDate(n), Rows: []byte(rows), Fetched: testNow})
		}
		days, err := s.Days("wx1", sampleAPI, "0000", "9999")
		if err != nil {
			t.Fatal(err)
		}
		known, err := s.Known("wx1", sampleAPI, "0000", "9999")
		if len(known) != len(texts) || err != nil {
			t.Fatal(len(known), err)
		}
		for n, k := range known {
			if k.HasRows != days[n].HasRows() || k.HasRows != (n > 1) {
				t.Errorf("%.20s: %v", texts[n], k.HasRows)
			}
		}
		pages := func(column string) (n int) {
			for _, line := range lines(t, s, "EXPLAIN (ANALYZE, BUFFERS) SELECT date, "+column+" FROM days") {
				if _, buffers, found := strings.Cut(line, "Buffers: shared hit="); found && n == 0 {
					fmt.Sscan(buffers, &n)
				}
			}
			return n
		}
		all, none := pages("octet_length(rows::text)"), pages(s.dialect.markedRows)
		t.Logf("%d pages with the rows, %d without", all, none)
		if none == 0 || none > all/10 {
			t.Errorf("known reads %d pages, of the %d with the rows", none, all)
		}
	})
	t.Run("without prepared statements", func(t *testing.T) {
		for _, mode := range []string{"exec", "simple_protocol", "cache_describe"} {
			w := newWorld("", server.Database(t)+"&default_query_exec_mode="+mode)
			s := w.open(t)
			s.SetAccounts(Account{ID: "wx1", Name: "brand", Labels: map[string]string{"team": "growth"}})
			s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 3)...)
			s.PutState("wx1", "n", []byte("{}"))
			wantHealthy(t, s, true)
			wantDays(t, s, "wx1", sampleDays("wx1", 0, 3)...)
			mustClose(t, s)
		}
	})
	t.Run("connections cut", func(t *testing.T) {
		w, s := fresh(t)
		put := load(s, func() {
			for range kills {
				if _, err := s.db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wx_exporter' AND pid <> pg_backend_pid()"); err != nil {
					t.Log(err) // the next one may do
				}
				s.Flush()
				w.clock.pass(retryPause)
			}
		})
		wantAll(t, s, put)
		t.Log(put)
	})
	t.Run("a statement hangs", func(t *testing.T) {
		w, s := fresh(t)
		s.dialect.timeout = 300 * time.Millisecond
		s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
		other, err := sql.Open("pgx", w.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		tx, err := other.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec("LOCK TABLE days, state IN ACCESS EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}
		for n := range 4 {
			s.Put("wx1", sampleAPI, sampleDay("wx1", n))
			s.PutState("wx1", "n", fmt.Append(nil, n))
			wantHealthy(t, s, false)
			w.clock.pass(retryPause)
		}
		if days, err := s.Days("wx1", sampleAPI, sampleDate(0), sampleDate(9)); len(days) != 4 || err == nil {
			t.Errorf("%d days, %v", len(days), err)
		}
		if state, err := s.State("wx1", "n"); string(state) != "3" || err != nil {
			t.Errorf("state %s, %v", state, err)
		}
		var stuck int
		if err := other.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'wx_exporter' AND wait_event_type = 'Lock'").Scan(&stuck); stuck > 1 || err != nil {
			t.Errorf("%d statements still wait in the server, %v", stuck, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		s.Flush()
		wantHealthy(t, s, true)
		wantDays(t, s, "wx1", sampleDays("wx1", 0, 3)...)
		if w.log.count("level=warn") != 1 || w.log.count("store recovered") != 1 {
			t.Error(w.log)
		}
	})
	t.Run("restarted under load", func(t *testing.T) {
		w, s := fresh(t)
		put := load(s, func() {
			for n := range max(1, kills/5) {
				server.Stop(t, []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT}[n%2])
				s.Flush()
				wantHealthy(t, s, false)
				server.Run(t)
				w.clock.pass(retryPause)
			}
		})
		wantAll(t, s, put)
		t.Log(put)
	})
	t.Run("gone for a while", func(t *testing.T) {
		w, s := fresh(t)
		s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
		count, size := s.Count("wx1"), s.SizeBytes()
		server.Stop(t, syscall.SIGINT)
		s.Flush() // notices it though nothing waits
		wantHealthy(t, s, false)
		for n := range 700 { // more than a transaction takes
			s.Put("wx1", sampleAPI, sampleDay("wx1", n))
		}
		w.clock.pass(10 * time.Minute)
		if days, err := s.Days("wx1", sampleAPI, sampleDate(0), sampleDate(800)); len(days) != 700 || err == nil {
			t.Errorf("%d days, %v", len(days), err)
		}
		if s.Count("wx1") != count || s.SizeBytes() != size {
			t.Errorf("%d days, %d bytes, before %d, %d", s.Count("wx1"), s.SizeBytes(), count, size)
		}
		if _, err := s.DeleteBefore(always(sampleDate(100))); err == nil {
			t.Error("deleted")
		}
		server.Run(t)
		w.clock.pass(retryPause)
		s.Put("wx1", sampleAPI, sampleDay("wx1", 700))
		wantHealthy(t, s, true)
		wantDays(t, s, "wx1", append(sampleDays("wx1", 0, 0), sampleDays("wx1", 100, 700)...)...)
		if got := s.Count("wx1"); got != 602 {
			t.Errorf("%d days, want 602", got)
		}
		if w.log.count("level=warn") != 1 || w.log.count("store recovered") != 1 {
			t.Error(w.log)
		}
	})
	t.Run("a replica comes back", func(t *testing.T) {
		_, s := fresh(t)
		server.Stop(t, syscall.SIGINT)
		s.Put("wx1", sampleAPI, sampleDay("wx1", 0))
		wantHealthy(t, s, false)
		server.Run(t)
		if _, err := s.Replicas(time.Minute).Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantHealthy(t, s, true) // another one that polls the account now does not ask again
		wantDays(t, s, "wx1", sampleDay("wx1", 0))
	})
	t.Run("gone for good", func(t *testing.T) {
		w := newWorld("", server.Database(t))
		s := w.open(t)
		server.Stop(t, syscall.SIGQUIT)
		s.Put("wx1", sampleAPI, sampleDays("wx1", 0, 2)...)
		err := s.Close()
		if err == nil || !strings.Contains(err.Error(), "3 days and states could not be written: ") || !strings.Contains(err.Error(), "it cannot be reached") {
			t.Errorf("three days are lost, and it says: %v", err)
		}
	})
}
