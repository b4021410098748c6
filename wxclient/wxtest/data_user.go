package wxtest

import "github.com/wxexporter/wx_exporter/calendar"

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
func (a *account) arrivals(d calendar.Day) int64 {
	r := a.dice(topicArrivals, d, 0)
	mean := a.people(d) * 0.0012 * followWeek[d.Weekday()] * r.between(0.7, 1.3)
	chance := r.float()
	switch {
	case a.Campaign > 0:
		mean *= campaign(int(d-anchor), a.Campaign)
	case chance < 0.03:
		mean *= 4
	}
	return r.count(mean)
}

// campaign is by how much a campaign of three days, every so many days, raises
// the arrivals of a day.
func campaign(day, every int) float64 {
	switch (day%every + every) % every {
	case 0:
		return 4
	case 1:
		return 3
	case 2:
		return 1.8
	}
	return 1
}

// stay is how long it takes until those have left who leave soon, oldest day
// first: the share of a day's arrivals who leave eight days later, ... the next
// day.
var stay = [8]float64{0.06, 0.07, 0.08, 0.10, 0.12, 0.12, 0.15, 0.15}

// leavers is the number of people who unfollow on d: most of those who came,
// in the days after they came.
func (a *account) leavers(d calendar.Day) int64 {
	return a.leaversAfter(d, a.arrivalsOf(d-calendar.Day(len(stay)), d-1))
}

// leaversAfter is leavers, given the arrivals of the days before d.
func (a *account) leaversAfter(d calendar.Day, came []int64) int64 {
	r := a.dice(topicLeavers, d, 0)
	var mean float64
	for i, share := range stay {
		mean += share * float64(came[i])
	}
	return r.count(mean * r.between(0.9, 1.1))
}

func (a *account) arrivalsOf(from, to calendar.Day) []int64 {
	came := make([]int64, 0, to-from+1)
	for d := from; d <= to; d++ {
		came = append(came, a.arrivals(d))
	}
	return came
}

// followers is the number of followers at the end of d: the day before, plus
// arrivals, minus leavers. It counts from the nearest of the sums that it keeps
// for every 16th day, so that no call adds up years.
func (a *account) followers(d calendar.Day) int64 {
	if a.idle.Load() {
		return int64(a.Followers)
	}
	block := int(d-anchor) / blockDays
	if d < anchor {
		block = -((int(anchor-d) + blockDays - 1) / blockDays)
	}
	n := a.checkpoint(block)
	return n + a.growthOf(anchor+calendar.Day(block*blockDays), d)
}

// growthOf is how many followers came and stayed after the end of from, until
// the end of to.
func (a *account) growthOf(from, to calendar.Day) int64 {
	came := a.arrivalsOf(from+1-calendar.Day(len(stay)), to)
	var n int64
	for i, d := 0, from+1; d <= to; i, d = i+1, d+1 {
		n += came[i+len(stay)] - a.leaversAfter(d, came[i:])
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
		from := anchor + calendar.Day(sign*last*blockDays)
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
func (a *account) userSummary(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	weights := a.sourceWeights()
	arriving, leaving := a.dice(topicNewSources, d, 0), a.dice(topicCancelSources, d, 0)
	came, left := make([]int64, len(weights)), make([]int64, len(weights))
	arriving.split(came, a.arrivals(d), weights)
	leaving.split(left, a.leavers(d), weights)
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

func (a *account) userCumulate(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	return []row{{{"ref_date", d.String()}, {"cumulate_user", count(a.followers(d))}}}
}
