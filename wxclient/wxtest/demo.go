package wxtest

import "time"

// DemoAccounts are the accounts of Demo: brand, a large one that still has the
// old article family, and store, a smaller one for which it is offline. Ids and
// secrets are none that WeChat could give.
func DemoAccounts() []Account {
	return []Account{
		{Name: "brand", AppID: "wx0000000000de0001", Secret: "not-a-secret-of-the-demo-brand-1", OldArticles: true, Followers: 86_000, Articles: 3},
		{Name: "store", AppID: "wx0000000000de0002", Secret: "not-a-secret-of-the-demo-store-2", Followers: 12_500, Articles: 2},
	}
}

// Demo returns a WeChat with the DemoAccounts in good weather, for something to
// look at without credentials.
func Demo(now func() time.Time) *WeChat {
	return New(Options{Now: now, Accounts: DemoAccounts()})
}
