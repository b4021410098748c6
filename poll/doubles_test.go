package poll

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wxexporter/wx_exporter/store"
)

// logs collects what is logged, at every level.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// lines returns the lines above the level debug that hold all of the parts.
func (l *logs) lines(parts ...string) (found []string) {
	for line := range strings.Lines(l.String()) {
		if !strings.Contains(line, "level=debug") && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// memory is a store that forgets everything with the process.
type memory struct {
	mu     sync.Mutex
	days   map[[2]string]map[string]store.Day // by account and API, by date
	states map[[2]string][]byte
}

func newMemory() *memory {
	return &memory{days: map[[2]string]map[string]store.Day{}, states: map[[2]string][]byte{}}
}

func (m *memory) SetAccounts(...store.Account) {}

func (m *memory) Put(account, api string, days ...store.Day) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := [2]string{account, api}
	if m.days[at] == nil {
		m.days[at] = map[string]store.Day{}
	}
	for _, d := range days {
		d.Fetched = d.Fetched.Truncate(time.Millisecond).Round(0)
		m.days[at][d.Date] = d
	}
}

func (m *memory) Days(account, api, from, to string) (days []store.Day, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for date, d := range m.days[[2]string{account, api}] {
		if from <= date && date <= to {
			days = append(days, d)
		}
	}
	slices.SortFunc(days, func(a, b store.Day) int { return strings.Compare(a.Date, b.Date) })
	return days, nil
}

func (m *memory) Dates(account, from string) (map[string][]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string][]string{}
	for at, days := range m.days {
		for date, d := range days {
			if at[0] == account && date >= from && d.HasRows() {
				all[at[1]] = append(all[at[1]], date)
			}
		}
		slices.Sort(all[at[1]])
	}
	return all, nil
}

func (m *memory) Known(account, api, from, to string) (known []store.Known, err error) {
	days, err := m.Days(account, api, from, to)
	for _, d := range days {
		known = append(known, store.Known{Date: d.Date, Fetched: d.Fetched, Open: d.Open, HasRows: d.HasRows()})
	}
	return known, err
}

func (m *memory) PutState(account, name string, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[[2]string{account, name}] = value
}

func (m *memory) State(account, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[[2]string{account, name}], nil
}

func (m *memory) Count(account string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at, days := range m.days {
		if at[0] == account {
			n += len(days)
		}
	}
	return n
}
