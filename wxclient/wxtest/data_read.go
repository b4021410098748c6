package wxtest

import "github.com/wxexporter/wx_exporter/calendar"

// allChannels is the user_source of the total over the channels, in which a
// reader of several channels counts once.
const allChannels = 99999999

// The channels of getuserread and their shares.
var channels = [...]struct {
	code  int
	share float64
}{{0, 0.40}, {1, 0.12}, {2, 0.18}, {4, 0.07}, {5, 0.08}, {6, 0.10}, {7, 0.05}}

// sourceless is the first day whose rows of getuserread have a user_source.
const sourceless calendar.Day = 16801 // 2016-01-01

// channelReads returns what was read on a day by hour and channel.
func (a *account) channelReads(d calendar.Day) [24][len(channels)]reads {
	r := a.dice(topicChannels, d, 0)
	readers := float64(a.dayReaders(d)) * 1.15
	var day [24][len(channels)]reads
	for h := range day {
		for c := range day[h] {
			n := r.count(readers * dayCurve[h] * channels[c].share * r.between(0.7, 1.3))
			if n > 0 {
				day[h][c] = readsOf(n, &r)
			}
		}
	}
	return day
}

// together is the total over parts that overlap: a share of what the parts add
// up to, but at least the largest part.
func together(parts []reads, share float64) reads {
	var sum, most, out reads
	for _, p := range parts {
		sum.add(p)
		for i := range most {
			most[i] = max(most[i], p[i])
		}
	}
	for i := range out {
		out[i] = distinct(sum[i], most[i], share)
	}
	return out
}

// userRead: a row for each channel and one for all; years ago only the latter,
// without a user_source.
func (a *account) userRead(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	sums := make([]reads, len(channels))
	var totals []reads // of the hours
	for _, hour := range a.channelReads(d) {
		for c := range sums {
			sums[c].add(hour[c])
		}
		totals = append(totals, together(hour[:], 0.87))
	}
	all := together(totals, 0.95)
	if all[0] == 0 {
		return nil
	}
	r := a.dice(topicChannels, d, 1)
	head := row{{"ref_date", d.String()}}
	if d < sourceless {
		return []row{all.appendTo(head, &r)}
	}
	return channelRows(head, sums, all, &r, nil)
}

// userReadHour is userRead for each hour. Its field total_online_time was
// never filled.
func (a *account) userReadHour(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	r := a.dice(topicChannels, d, 2)
	date := d.String()
	for h, parts := range a.channelReads(d) {
		head := row{{"ref_date", date}, {"ref_hour", hour(h)}}
		rows = append(rows, channelRows(head, parts[:], together(parts[:], 0.87), &r, row{{"total_online_time", 0}})...)
	}
	return rows
}

func channelRows(head row, parts []reads, all reads, r *dice, tail row) []row {
	var rows []row
	add := func(code int, v reads) {
		if v[0] > 0 {
			p := append(make(row, 0, 16), head...)
			p = v.appendTo(append(p, field{"user_source", code}), r)
			rows = append(rows, append(p, tail...))
		}
	}
	add(allChannels, all)
	for c, v := range parts {
		add(channels[c].code, v)
	}
	return rows
}

// The ways to share (share_scene) and their shares; 5 is undocumented.
var shareScenes = [...]struct {
	code  int
	share float64
}{{1, 0.68}, {2, 0.22}, {255, 0.08}, {5, 0.02}}

type shared struct{ users, shares int64 }

func (a *account) shares(d calendar.Day) [24][len(shareScenes)]shared {
	r := a.dice(topicShares, d, 0)
	sharers := float64(a.dayReaders(d)) * 0.06
	var day [24][len(shareScenes)]shared
	for h := range day {
		for s := range day[h] {
			users := r.count(sharers * dayCurve[h] * shareScenes[s].share * r.between(0.6, 1.4))
			day[h][s] = shared{users, users + r.count(float64(users)*0.2)}
		}
	}
	return day
}

func (a *account) userShare(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var sum, most [len(shareScenes)]shared
	for _, scenes := range a.shares(d) {
		for s, v := range scenes {
			sum[s].users += v.users
			sum[s].shares += v.shares
			most[s].users = max(most[s].users, v.users)
		}
	}
	var rows []row
	for s, v := range sum {
		if v.shares > 0 {
			rows = append(rows, row{
				{"ref_date", d.String()}, {"share_scene", shareScenes[s].code},
				{"share_user", count(distinct(v.users, most[s].users, 0.95))}, {"share_count", count(v.shares)},
			})
		}
	}
	return rows
}

func (a *account) userShareHour(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	date := d.String()
	for h, scenes := range a.shares(d) {
		for s, v := range scenes {
			if v.shares > 0 {
				rows = append(rows, row{
					{"ref_date", date}, {"ref_hour", hour(h)}, {"share_scene", shareScenes[s].code},
					{"share_user", count(v.users)}, {"share_count", count(v.shares)},
				})
			}
		}
	}
	return rows
}
