package wxtest

import "github.com/wxexporter/wx_exporter/calendar"

// The kinds of messages (msg_type) and their shares.
var msgTypes = [...]struct {
	code  int
	share float64
}{{1, 0.70}, {2, 0.15}, {3, 0.06}, {4, 0.02}, {6, 0.07}}

// cell counts the messages of a type and the people who sent them.
type cell struct{ users, msgs int64 }

// messages returns the messages of a day by hour and type.
func (a *account) messages(d calendar.Day) [24][len(msgTypes)]cell {
	r := a.dice(topicMessages, d, 0)
	mean := a.people(d) * 0.008 * messageWeek[d.Weekday()] * r.between(0.8, 1.25)
	var day [24][len(msgTypes)]cell
	for h := range day {
		for t := range day[h] {
			msgs := r.count(mean * dayCurve[h] * msgTypes[t].share * r.between(0.6, 1.4))
			users := min(msgs, max(1, r.count(float64(msgs)*0.8)))
			day[h][t] = cell{users, msgs}
		}
	}
	return day
}

// dayMessages adds the hours up. Who writes in two hours is one person.
func (a *account) dayMessages(d calendar.Day) [len(msgTypes)]cell {
	var sum, most [len(msgTypes)]cell
	for _, hour := range a.messages(d) {
		for t, c := range hour {
			sum[t].msgs += c.msgs
			sum[t].users += c.users
			most[t].users = max(most[t].users, c.users)
		}
	}
	for t := range sum {
		sum[t].users = distinct(sum[t].users, most[t].users, 0.85)
	}
	return sum
}

// The intervals of getupstreammsgdist: 0, 1 to 5, 6 to 10, more than 10
// messages a person.
var msgIntervals = []float64{0, 0.84, 0.11, 0.05}

// dayDistribution counts the people of a day by how much they wrote.
func (a *account) dayDistribution(d calendar.Day) [4]int64 {
	var sum, most int64
	for _, c := range a.dayMessages(d) {
		sum += c.users
		most = max(most, c.users)
	}
	r := a.dice(topicDistribution, d, 0)
	var out [4]int64
	r.split(out[:], distinct(sum, most, 0.9), msgIntervals)
	if r.float() < 0.1 { // undocumented in its meaning, and rare
		out[0] = int64(float64(out[1]) * 0.02)
	}
	return out
}

func (a *account) messageRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	return messageRows(d, a.dayMessages(d))
}

func (a *account) messageHourRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	date := d.String()
	for h, types := range a.messages(d) {
		for t, c := range types {
			if c.msgs > 0 {
				rows = append(rows, row{
					{"ref_date", date}, {"ref_hour", hour(h)}, {"msg_type", msgTypes[t].code},
					{"msg_user", count(c.users)}, {"msg_count", count(c.msgs)},
				})
			}
		}
	}
	return rows
}

// week and month name the period that begins on d: the day after its end, and
// whether one begins there.
func week(d calendar.Day) (calendar.Day, bool)  { return d + 7, d == d.Monday() }
func month(d calendar.Day) (calendar.Day, bool) { return d.NextMonth(), d == d.FirstOfMonth() }

// messagePeriodRows makes the rows of a week or a month, which stand at its
// first day and exist once its last day is computed.
func messagePeriodRows(period func(calendar.Day) (calendar.Day, bool)) maker {
	return func(a *account, d calendar.Day, ready readiness) []row {
		end, begins := period(d)
		if !begins || !ready(end-1) {
			return nil
		}
		var sum [len(msgTypes)]cell
		for x := d; x < end; x++ {
			for t, c := range a.dayMessages(x) {
				sum[t].users += c.users
				sum[t].msgs += c.msgs
			}
		}
		return messageRows(d, sum)
	}
}

func messageRows(d calendar.Day, types [len(msgTypes)]cell) []row {
	var rows []row
	for t, c := range types {
		if c.msgs > 0 {
			rows = append(rows, row{
				{"ref_date", d.String()}, {"msg_type", msgTypes[t].code},
				{"msg_user", count(c.users)}, {"msg_count", count(c.msgs)},
			})
		}
	}
	return rows
}

func (a *account) distributionRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	return distributionRows(d, a.dayDistribution(d))
}

func distributionPeriodRows(period func(calendar.Day) (calendar.Day, bool)) maker {
	return func(a *account, d calendar.Day, ready readiness) []row {
		end, begins := period(d)
		if !begins || !ready(end-1) {
			return nil
		}
		var sum [4]int64
		for x := d; x < end; x++ {
			for i, n := range a.dayDistribution(x) {
				sum[i] += n
			}
		}
		return distributionRows(d, sum)
	}
}

func distributionRows(d calendar.Day, intervals [4]int64) []row {
	var rows []row
	for i, n := range intervals {
		if n > 0 {
			rows = append(rows, row{{"ref_date", d.String()}, {"count_interval", i}, {"msg_user", count(n)}})
		}
	}
	return rows
}
