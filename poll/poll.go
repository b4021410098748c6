// Package poll polls an account: a loop around the decisions of package plan that makes
// the requests, stores what they bring and tells the pages.
package poll

import (
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Store stores what WeChat answered. Accounts are named by ID, so that a renamed
// account finds its days.
type Store interface {
	// SetAccounts stores the names and the labels of IDs.
	SetAccounts(...store.Account)
	// Put stores days of an API, or holds them in memory while the database cannot
	// be written.
	Put(account, api string, days ...store.Day)
	// Days returns the stored days of an API between two dates, both included,
	// oldest first; Known the same without their rows.
	Days(account, api, from, to string) ([]store.Day, error)
	Known(account, api, from, to string) ([]store.DayInfo, error)
	// Dates returns the dates from one on with rows, by API, oldest first.
	Dates(account, from string) (map[string][]string, error)
	// PutState and State store small values beside the days; nil is none.
	PutState(account, name string, value []byte)
	State(account, name string) ([]byte, error)
	// Count counts the stored days, a day of an API each.
	Count(account string) int
}

// Pages serve the metrics of accounts, which change family by family.
type Pages interface {
	// Set replaces all families of an account.
	Set(account string, families map[string]prometheus.Gatherer)
	// Changed reports that metrics of families have changed.
	Changed(account string, families ...string)
	// Remove drops an account.
	Remove(account string)
}

// Options is what all accounts share.
type Options struct {
	Families   []collector.Family
	Store      Store
	Pages      Pages
	Durations  *prometheus.HistogramVec // see NewDurations
	Logger     log.Logger
	Now        func() time.Time
	Random     func() float64 // in [0, 1), what varies pauses; nil: math/rand's
	MayCall    func() bool    // whether this process may call WeChat; nil: always
	ClockUnset func(bool)     // is told whether the clock is unset; nil: nobody is
}

// AccountOptions is an account as it is configured.
type AccountOptions struct {
	Name     string // the label account
	Type     collector.AccountType
	ID       string            // in the store
	Labels   map[string]string // extra labels on every series
	Families []string          // the names of the families to poll
	plan.Settings
	Client wxclient.Options // Observe and OnToken are set here
}
