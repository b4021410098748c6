package wxtest

import (
	"slices"

	"github.com/wxexporter/wx_exporter/calendar"
)

// readFields are the eight fields of everything that is read, users and counts
// in turn.
var readFields = [8]string{
	"int_page_read_user", "int_page_read_count", "ori_page_read_user", "ori_page_read_count",
	"share_user", "share_count", "add_to_fav_user", "add_to_fav_count",
}

type reads [8]int64

// readsOf tells what a number of readers did: how often they read, followed the
// link to the original page, shared and kept it.
func readsOf(readers int64, r *dice) reads {
	var out reads
	n := float64(readers)
	for i, share := range [4]float64{1, 0.03, 0.045, 0.012} {
		users := readers
		if i > 0 {
			users = min(readers, r.count(n*share*r.between(0.5, 1.5)))
		}
		out[2*i] = users
		out[2*i+1] = users + r.count(float64(users)*r.between(0.05, 0.5))
	}
	return out
}

func (v *reads) add(w reads) {
	for i := range v {
		v[i] += w[i]
	}
}

// appendTo adds the eight fields to a row; now and then WeChat leaves the last
// two out.
func (v reads) appendTo(p row, r *dice) row {
	n := len(readFields)
	if r.float() < 0.05 {
		n -= 2
	}
	p = slices.Grow(p, n+2)
	for i, key := range readFields[:n] {
		p = append(p, field{key, count(v[i])})
	}
	return p
}

// articleSummary: all articles that were read on the day, whenever they were
// sent.
func (a *account) articleSummary(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	date := d.String()
	a.eachArticle(d, func(t article) {
		readers, r := t.readers(d)
		if t.published || readers == 0 {
			return
		}
		p := row{{"ref_date", date}, {"msgid", t.msgid()}, {"title", t.title()}}
		rows = append(rows, readsOf(readers, &r).appendTo(p, &r))
	})
	return rows
}

// The places where articles are read, with their shares, as the by-source
// fields of getarticletotal name them.
var (
	readPlaces       = []string{"session", "hist_msg", "feed", "friends", "other", "kanyikan", "souyisou"}
	readPlaceShares  = []float64{0.48, 0.07, 0.16, 0.11, 0.06, 0.08, 0.04}
	sharePlaces      = []string{"session", "feed", "other"}
	sharePlaceShares = []float64{0.6, 0.3, 0.1}
)

// byPlace adds up what happened where.
type byPlace struct {
	readUsers, reads   [7]int64
	shareUsers, shares [3]int64
}

func (b *byPlace) add(v reads, r *dice) {
	for _, p := range []struct {
		sum    []int64
		today  int64
		shares []float64
	}{
		{b.readUsers[:], v[0], readPlaceShares}, {b.reads[:], v[1], readPlaceShares},
		{b.shareUsers[:], v[4], sharePlaceShares}, {b.shares[:], v[5], sharePlaceShares},
	} {
		r.split(p.sum, p.today, p.shares)
	}
}

func (b *byPlace) appendTo(p row) row {
	p = slices.Grow(p, 2*len(readPlaces)+2*len(sharePlaces))
	for i, place := range readPlaces {
		p = append(p,
			field{"int_page_from_" + place + "_read_user", count(b.readUsers[i])},
			field{"int_page_from_" + place + "_read_count", count(b.reads[i])})
	}
	for i, place := range sharePlaces {
		p = append(p,
			field{"feed_share_from_" + place + "_user", count(b.shareUsers[i])},
			field{"feed_share_from_" + place + "_cnt", count(b.shares[i])})
	}
	return p
}

// articleTotal: the articles sent on d, each with its totals at the end of d
// and of the six days after it, as far as these are computed.
func (a *account) articleTotal(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	target := a.followers(d)
	for _, t := range a.articles(d) {
		if t.published {
			continue
		}
		var total reads
		var places byPlace
		var details []row
		for stat := d; stat < d+7 && ready(stat); stat++ {
			readers, r := t.readers(stat)
			today := readsOf(readers, &r)
			total.add(today)
			places.add(today, &r)
			p := total.appendTo(row{{"stat_date", stat.String()}, {"target_user", count(target)}}, &r)
			if r.float() >= 0.08 { // some entries come without the places
				p = places.appendTo(p)
			}
			details = append(details, p)
		}
		rows = append(rows, row{
			{"ref_date", d.String()}, {"msgid", t.msgid()}, {"title", t.title()}, {"url", t.url()}, {"details", details},
		})
	}
	return rows
}
