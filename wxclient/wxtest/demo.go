package wxtest

import "time"

// DemoAccounts are the accounts of Demo: brand, a large one that still has the
// old article family, store, a smaller one for which it is offline, and mall, a
// mini program that shows ads. Ids and secrets are none that WeChat could give.
func DemoAccounts() []Account {
	return []Account{
		{Name: "brand", AppID: "wx0000000000de0001", Secret: "not-a-secret-of-the-demo-brand-1", OldArticles: true, Followers: 86_000, Articles: 3, Campaign: 25},
		{Name: "store", AppID: "wx0000000000de0002", Secret: "not-a-secret-of-the-demo-store-2", Followers: 12_500, Articles: 2, Campaign: 29},
		{Name: "mall", AppID: "wx0000000000de0003", Secret: "not-a-secret-of-the-demo-mall-03", Type: Mini, Followers: 240_000, Pages: 60, Publisher: true, AdUnits: 5},
	}
}

// Demo returns a WeChat with the DemoAccounts, for something to look at without
// credentials. The weather is good, but for an hour in the evening before last
// in which callbacks of brand failed.
func Demo(now func() time.Time) *WeChat {
	w := New(Options{Now: now, Accounts: DemoAccounts()})
	w.BadHour(DemoAccounts()[0].AppID, w.Newest()-1, 20, 0.35)
	return w
}
