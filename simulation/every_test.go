//go:build !race

package simulation

import "testing"

// TestEveryAPI: in a world in which nothing is wrong each API of both types of accounts
// is asked, and has something to say.
func TestEveryAPI(t *testing.T) {
	s := Script{
		Begin: "2026-03-14 20:00", Minutes: 24 * 60, Jitter: 0.5, Latency: 20,
		Config: Config{NotBefore: -1, Retry: 30, Settle: 3, Daily: 3, Hourly: 1, Article: 2, Pages: 1, Revenue: true},
		Accounts: []Account{
			{Followers: 2000, Articles: 1, Old: true, Publisher: true},
			{Followers: 2000, Articles: 1, Publisher: true, Units: 20, Novelties: true, Type: mini},
		},
	}
	o := run(t, s)
	if o.broken != nil {
		t.Error(o.broken)
	}
	for _, d := range documents {
		if len(d.parts) > 0 && o.said[d.name] == 0 {
			t.Errorf("%s has said nothing", d.name)
		}
	}
	t.Logf("days by API: %v", o.said)
}
