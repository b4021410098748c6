package simulation

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/wxexporter/wx_exporter/fleet"
	"github.com/wxexporter/wx_exporter/internal/peerstest"
)

// TestMeeting holds the meeting of simulated replicas to what PostgreSQL does for
// real ones.
func TestMeeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMeeting()
		peerstest.Run(t, peerstest.Place{
			Lease: fleet.LeaseTime,
			Seat: func(name string) fleet.Peers {
				return m.seat(name, fleet.LeaseTime, func() bool { return false })
			},
			Pass:  time.Sleep,
			Store: func(s fleet.Peers, account, api string) { s.(*seat).tell(account, api) },
		})
	})
}
