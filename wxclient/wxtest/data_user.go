package wxtest

import "github.com/wxexporter/wx_exporter/wxclient"

// The ways to an account (user_source) and how many of the new followers take
// them. 0, all others, stands first: its row is there even when all is zero.
var userSources = []struct {
	code   int
	weight float64
}{
	{0, 0.04}, {1, 0.17}, {17, 0.08}, {30, 0.30}, {43, 0.02}, {51, 0.05}, {57, 0.11},
	{75, 0.02}, {78, 0.02}, {100, 0.03}, {149, 0.05}, {161, 0.05}, {176, 0.01}, {200, 0.04}, {201, 0.01},
}

// arrivals is the number of people who follow the account on d, from all
// sources. A few days a year have a campaign.
func (a *account) arrivals(d wxclient.Day) int64 {
	r := a.dice(topicArrivals, d, 0)
	mean := a.people(d) * 0.0012 * followWeek[d.Weekday()] * r.between(0.7, 1.3)
	if r.float() < 0.03 {
		mean *= 4
	}
	return r.count(mean)
}

// leavers is the number of people who unfollow on d: most of those who came,
// in the days after they came.
func (a *account) leavers(d wxclient.Day) int64 {
	r := a.dice(topicLeavers, d, 0)
	var mean float64
	for i, share := range [...]float64{0.15, 0.15, 0.12, 0.12, 0.10, 0.08, 0.07, 0.06} {
		mean += share * float64(a.arrivals(d-wxclient.Day(i)-1))
	}
	return r.count(mean * r.between(0.9, 1.1))
}

// followers is the number of followers at the end of d: the day before, plus
// arrivals, minus leavers. It counts from the nearest of the sums that it keeps
// for every 16th day, so that no call adds up years.
func (a *account) followers(d wxclient.Day) int64 {
	if a.idle.Load() {
		return int64(a.Followers)
	}
	block := int(d-anchor) / blockDays
	if d < anchor {
		block = -((int(anchor-d) + blockDays - 1) / blockDays)
	}
	n := a.checkpoint(block)
	return n + a.growthOf(anchor+wxclient.Day(block*blockDays), d)
}

// growthOf is how many followers came and stayed after the end of from, until
// the end of to.
func (a *account) growthOf(from, to wxclient.Day) int64 {
	var n int64
	for d := from + 1; d <= to; d++ {
		n += a.arrivals(d) - a.leavers(d)
	}
	return n
}

func (a *account) checkpoint(block int) int64 {
	sums, sign := &a.after, 1
	if block < 0 {
		sums, sign, block = &a.before, -1, -block
	}
	for {
		a.mu.Lock()
		have := *sums
		a.mu.Unlock()
		if block < len(have) {
			return have[block]
		}
		last := len(have) - 1
		from := anchor + wxclient.Day(sign*last*blockDays)
		next := have[last]
		if sign > 0 {
			next += a.growthOf(from, from+blockDays)
		} else {
			next -= a.growthOf(from-blockDays, from)
		}
		a.mu.Lock()
		if len(*sums) == last+1 { // nobody else has added it meanwhile
			*sums = append(*sums, next)
		}
		a.mu.Unlock()
	}
}

// sourceWeights differ from account to account.
func (a *account) sourceWeights() []float64 {
	r := a.dice(topicSourceWeights, 0, 0)
	weights := make([]float64, len(userSources))
	for i, s := range userSources {
		weights[i] = s.weight * r.between(0.3, 1.7)
	}
	return weights
}

// userSummary: a computed day always has a row, even when nothing happened.
func (a *account) userSummary(d wxclient.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	weights := a.sourceWeights()
	arriving, leaving := a.dice(topicNewSources, d, 0), a.dice(topicCancelSources, d, 0)
	came := arriving.split(a.arrivals(d), weights)
	left := leaving.split(a.leavers(d), weights)
	var rows []row
	for i, s := range userSources {
		if i == 0 || came[i] > 0 || left[i] > 0 {
			rows = append(rows, row{
				{"ref_date", d.String()}, {"user_source", s.code},
				{"new_user", count(came[i])}, {"cancel_user", count(left[i])},
			})
		}
	}
	return rows
}

func (a *account) userCumulate(d wxclient.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	return []row{{{"ref_date", d.String()}, {"cumulate_user", count(a.followers(d))}}}
}
