// Package wxtest is a simulated WeChat, in the spirit of net/http/httptest:
// the statistics and token endpoints of api.weixin.qq.com over deterministic
// data of Official Accounts, mini programs and what their ads earn, for tests and
// for the exporter's --demo.
//
// A [WeChat] is an http.Handler. Give it to httptest.NewServer to reach it over
// loopback, or take its [WeChat.Transport] to reach it without a network, also
// inside a testing/synctest bubble.
//
// It enforces what WeChat enforces (methods, tokens, credentials, dates, spans,
// quotas), in the narrowest reading where the documents disagree, so that a
// client that satisfies it satisfies every reading. Its tables are a statement
// of their own of what WeChat does; they share nothing with package wxclient
// but the type of a day.
//
// What an API answers for a day is a pure function of account, API and day, cut
// to what WeChat would have computed at the present moment. [WeChat.Rows] tells
// it without a call. [WeChat.Correct], [WeChat.SpikeFailures] and [WeChat.Idle]
// change it; [WeChat.Fault] makes answers late, wrong, slow or absent.
package wxtest
