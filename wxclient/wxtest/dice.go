package wxtest

import (
	"math"
	"math/rand/v2"

	"github.com/wxexporter/wx_exporter/calendar"
)

// topic tells apart the streams of random numbers of an account and a day.
type topic uint64

const (
	topicArrivals topic = iota + 1
	topicLeavers
	topicNewSources
	topicCancelSources
	topicSourceWeights
	topicMessages
	topicDistribution
	topicCallbacks
	topicArticles
	topicArticleReads
	topicChannels
	topicShares
	topicPublish
	topicDress
	topicVisits
	topicRetention
	topicDistributed
	topicPages
	topicPortrait
	topicLoad
	topicAds
	topicAdUnits
	topicSales
	topicCoin
)

// dice is a stream of random numbers that is the same in every process.
type dice struct{ pcg rand.PCG }

// dice returns the stream of a topic, a day and a number below 2^32, for the
// account.
func (a *account) dice(t topic, d calendar.Day, k int) dice {
	// Odd multipliers spread neighbouring days and numbers over all bits.
	const m1, m2 = 0x9e3779b97f4a7c15, 0xd1342543de82ef95
	var r dice
	r.pcg.Seed((a.seed^uint64(t))*m1, (uint64(uint32(d))<<32|uint64(uint32(k)))*m2)
	return r
}

// float returns a number in [0, 1).
func (r *dice) float() float64 { return float64(r.pcg.Uint64()>>11) / (1 << 53) }

// between returns a number in [lo, hi).
func (r *dice) between(lo, hi float64) float64 { return lo + (hi-lo)*r.float() }

// intN returns a whole number in [0, n); 0 when n is not positive.
func (r *dice) intN(n int) int { return int(r.float() * float64(max(n, 0))) }

// count returns one of the two whole numbers around mean, so that mean is what
// many of them average to, also when it is far below 1.
func (r *dice) count(mean float64) int64 { return int64(math.Floor(mean + r.float())) }

// split adds total to the parts, divided in proportion to the weights.
func (r *dice) split(parts []int64, total int64, weights []float64) {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	var before float64 // the weights up to here
	var given int64
	offset := r.float()
	for i, w := range weights {
		before += w
		upTo := min(total, int64(math.Floor(float64(total)*before/sum+offset)))
		if i == len(weights)-1 {
			upTo = total
		}
		parts[i] += upTo - given
		given = upTo
	}
}

// distinct returns how many people stand behind parts that overlap: a share of
// the sum of the parts, but at least the largest part.
func distinct(sum, largest int64, share float64) int64 {
	return max(largest, int64(float64(sum)*share))
}

// Activity over the week, Sunday first: people write to an account on working
// days, find new ones at weekends.
var (
	followWeek  = [7]float64{1.3, 0.9, 0.9, 0.95, 0.95, 1.05, 1.25}
	messageWeek = [7]float64{0.6, 1.1, 1.05, 1, 1, 0.95, 0.7}
	readWeek    = [7]float64{0.85, 1.05, 1.05, 1, 1.05, 1, 0.9}
)

// Activity over the day; the shares of the hours add up to 1.
var dayCurve = [24]float64{
	0.008, 0.004, 0.002, 0.001, 0.001, 0.003, 0.012, 0.035,
	0.055, 0.062, 0.063, 0.060, 0.070, 0.058, 0.050, 0.050,
	0.049, 0.050, 0.055, 0.065, 0.078, 0.080, 0.058, 0.031,
}

// hour returns an hour as ref_hour writes it, 0, 100, ... 2300.
func hour(h int) int { return h * 100 }
