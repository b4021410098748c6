package wxtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// A server on loopback, for a client that thinks it speaks to WeChat.
func Example() {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, calendar.Beijing)
	account := wxtest.Account{AppID: "wx0123456789abcdef", Secret: "secret", Followers: 1000}
	wechat := wxtest.New(wxtest.Options{
		Now:      func() time.Time { return now },
		Accounts: []wxtest.Account{account},
	})
	server := httptest.NewServer(wechat)
	defer server.Close()

	post := func(path, body string) (answer struct {
		AccessToken string `json:"access_token"`
		Errcode     int
		List        []json.RawMessage
	}) {
		resp, err := http.Post(server.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			fmt.Println(err)
		}
		return answer
	}

	token := post("/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"wx0123456789abcdef","secret":"secret"}`).AccessToken
	path := "/datacube/getusercumulate?access_token=" + url.QueryEscape(token)
	week := `{"begin_date":"2026-11-13","end_date":"2026-11-19"}`
	fmt.Println("days:", len(post(path, week).List))

	// Yesterday is five hours late.
	late := wxtest.Match{AppID: account.AppID, API: "getusercumulate"}
	remove := wechat.Fault(late, wxtest.Late(5*time.Hour, wechat.Newest()))
	fmt.Println("days:", len(post(path, week).List))
	remove()

	// The article family is offline for this account.
	fmt.Println("code:", post("/datacube/getuserread?access_token="+url.QueryEscape(token), week).Errcode)
	fmt.Println("calls:", wechat.Count(account.AppID, wxtest.Statistics))
	// Output:
	// days: 7
	// days: 6
	// code: 47009
	// calls: 3
}
