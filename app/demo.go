package app

import (
	"context"
	"errors"
	"os"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// demoDays is how far back an export of the simulated accounts goes that names no day.
const demoDays = 2 * 365

// demoStore returns the directory of a store that has the days of the simulated accounts
// from since on, "" for two years, and what removes it. There is no day's share of
// calls to keep to, as there is nobody who counts them.
func demoStore(ctx context.Context, host Host, apis []collector.API, since string) (path string, remove func() error, err error) {
	wechat := wxtest.Demo(host.Now)
	from, err := calendar.ParseDay(since)
	if err != nil {
		from = wechat.Newest() - demoDays
	}
	if path, err = os.MkdirTemp("", program+"-demo-"); err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(path) }
	db, err := store.Open(ctx, store.Options{Path: path, Views: views(collector.Families()), Now: host.Now})
	if err != nil {
		return "", nil, errors.Join(err, remove())
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	progress, end := history.Progress(os.Stderr, host.Now)
	for i, a := range wxtest.DemoAccounts() {
		db.SetAccounts(store.Account{ID: a.AppID, Name: a.Name})
		for j, api := range apis {
			var days []store.Day
			for d := from; d <= wechat.Newest(); d++ {
				rows, some := api.Split(wechat.Rows(a.AppID, api.Name, d), d.String(), d.String(), 0).Days[d.String()]
				if some {
					days = append(days, store.Day{Date: d.String(), Rows: rows.JSON(), Fetched: host.Now()})
				}
			}
			db.Put(a.AppID, api.Name, days...)
			progress("APIs", i*len(apis)+j+1)
		}
	}
	end()
	return path, remove, nil
}
