package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/internal/peerstest"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/store/pgtest"
)

// name is the name of a database.
func name(url string) string {
	_, path, _ := strings.Cut(strings.TrimPrefix(url, "postgres://"), "/")
	path, _, _ = strings.Cut(path, "?")
	return path
}

// TestPeers holds PostgreSQL to what replicas rely on.
func TestPeers(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	url := server.Database(t)
	stores := map[fleet.Peers]*store.Store{}
	peerstest.Run(t, peerstest.Place{
		Lease: time.Minute,
		Seat: func(name string) fleet.Peers {
			s, err := store.Open(t.Context(), store.Options{URL: url, Replica: name})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			seat := s.Replicas(time.Minute)
			stores[seat] = s
			return seat
		},
		Pass: func(d time.Duration) {
			for _, table := range []string{"leases", "replicas"} {
				server.Exec(t, name(url), fmt.Sprintf("UPDATE %s SET until = until - interval '%d seconds'", table, d/time.Second))
			}
		},
		Store: func(seat fleet.Peers, account, api string) {
			stores[seat].Put(account, api, store.Day{Date: "2026-11-20", Rows: []byte("[]"), Fetched: time.Now()})
		},
	})
}
