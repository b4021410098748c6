package collector

import (
	"time"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// The pauses after which an API or an account that failed is asked again.
const (
	offlinePause    = 7 * 24 * time.Hour
	deniedPause     = 24 * time.Hour
	credentialPause = 10 * time.Minute
	firstPause      = 5 * time.Minute  // after a first failure; doubles up to slowest
	crowdedPause    = 10 * time.Minute // after a first "called too often"; doubles up to slowest
	midnightMargin  = time.Minute      // WeChat's midnight may come after the host's: too early a call costs another day
)

// dailyCalls is how many calls of one API an account makes on a day at most.
// WeChat's quotas are undocumented; 100 is the smallest that anybody assumes.
const dailyCalls = 60

// callsPerAsk is how many calls asking once may take: three attempts, and three
// more with another token.
const callsPerAsk = 6

// retryAt returns when to ask again after the failures-th failure in a row, of
// the kind that action says. jitter in [0, 1) spreads those who failed together.
func retryAt(action wxclient.Action, failures int, now time.Time, jitter float64) time.Time {
	switch action {
	case wxclient.Tomorrow:
		return midnight(now).Add(midnightMargin + time.Duration(jitter*float64(10*time.Minute)))
	case wxclient.Offline:
		return now.Add(offlinePause)
	case wxclient.Denied:
		return now.Add(deniedPause)
	case wxclient.Credentials:
		return now.Add(credentialPause)
	case wxclient.Backoff:
		return now.Add(doubled(crowdedPause, failures, jitter))
	default:
		return now.Add(doubled(firstPause, failures, jitter))
	}
}

// doubled is first, doubled for every failure after the first one, up to
// slowest, and up to a quarter longer.
func doubled(first time.Duration, failures int, jitter float64) time.Duration {
	d := slowest
	if n := failures - 1; n < 10 {
		d = min(first<<max(n, 0), slowest)
	}
	return d + time.Duration(jitter*float64(d)/4)
}

// midnight returns the next 00:00 Beijing time.
func midnight(now time.Time) time.Time { return (wxclient.DayOf(now) + 1).Start() }
