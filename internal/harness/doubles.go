package harness

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wxexporter/wx_exporter/store"
)

// Logs collects what is logged, at every level.
type Logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns all that was logged.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Lines returns the lines above the level debug that hold all of the parts.
func (l *Logs) Lines(parts ...string) (found []string) {
	for line := range strings.Lines(l.String()) {
		if !strings.Contains(line, "level=debug") && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(line, p) }) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// Memory is a poll.Store that forgets everything with the process.
type Memory struct {
	mu     sync.Mutex
	days   map[[2]string]map[string]store.Day // by account and API, by date
	states map[[2]string][]byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{days: map[[2]string]map[string]store.Day{}, states: map[[2]string][]byte{}}
}

// SetAccounts implements poll.Store.
func (m *Memory) SetAccounts(...store.Account) {}

// Put implements poll.Store.
func (m *Memory) Put(account, api string, days ...store.Day) {
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

// Days implements poll.Store.
func (m *Memory) Days(account, api, from, to string) (days []store.Day, err error) {
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

// Dates implements poll.Store.
func (m *Memory) Dates(account, from string) (map[string][]string, error) {
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

// Known implements poll.Store.
func (m *Memory) Known(account, api, from, to string) (known []store.DayInfo, err error) {
	days, err := m.Days(account, api, from, to)
	for _, d := range days {
		known = append(known, store.DayInfo{Date: d.Date, Fetched: d.Fetched, Open: d.Open, HasRows: d.HasRows()})
	}
	return known, err
}

// PutState implements poll.Store.
func (m *Memory) PutState(account, name string, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[[2]string{account, name}] = value
}

// State implements poll.Store.
func (m *Memory) State(account, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[[2]string{account, name}], nil
}

// Count implements poll.Store.
func (m *Memory) Count(account string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at, days := range m.days {
		if at[0] == account {
			n += len(days)
		}
	}
	return n
}
