package wxclient

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// rule is what to do about an errcode. {ip} in the advice stands for the
// addresses that errmsg names.
type rule struct {
	action Action
	advice string
}

// WeChat's answers for dates before its first data, and after its last: of /datacube/, of
// the times that mini programs take to start, and of /publisher/, as a ret.
const (
	codeEarly     = 61501
	codeArguments = 40097
	retParameters = 1701
)

const (
	fixAppID    = "Check app_id; WeChat does not know it."
	fixSecret   = "Check app_secret or app_secret_file; the secret may have been reset in the account's console."
	fixFrozen   = "Unfreeze the app secret in the account's console, or reset it and configure the new one."
	fixToken    = "See that no other program replaces the account's token, or use token mode stable, or file or url with the token of that program."
	fixPlatform = "Check the component access token of the third-party platform; WeChat rejects it."
	allowIP     = "Add {ip} to the IP allow-list in the account's console, or reach WeChat through a proxy whose address is on it."
	allowIPPlat = "Add {ip} to the IP allow-list of the third-party platform, or reach WeChat through a proxy whose address is on it."
	confirmIP   = "Ask the account's administrator to confirm calls from {ip} in WeChat, or add it to the IP allow-list."
	refusedIP   = "The account's administrator refused calls from {ip}; ask for consent, or add it to the IP allow-list and wait."
	spent       = "Wait until midnight in Beijing; if it comes back, see which other program calls this API for the account."
	successors  = "Nothing to mend: WeChat switched this API off for the account. Where it is one of the article collector, the publish collector replaces it."
	certify     = "See in the account's console whether the account is certified and has this interface permission."
	banned      = "See in the account's console whether the account or this interface is restricted or banned."
	authorize   = "Have the account's administrator authorize the third-party platform again, with the permission for data analysis."
	reauthorize = "Have the account authorize the third-party platform again and write the new refresh token to refresh_token_file; a password of the account was changed, which voids its tokens."
	thawAccount = "See in the account's console why WeChat has frozen the account, and have it unfrozen."
	game        = "Set collectors: [revenue] if the account is a mini game: WeChat has the other figures for mini programs alone."
	noQuery     = "See whether a proxy or a gateway removes the query from addresses; the token is in it."
	noPublisher = "Nothing to mend if the account shows no ads; else see in its console whether it still takes part in them (流量主)."
	badAction   = "If it lasts, see in the configuration whether the account's type is right, official or mini: each has income of its own."
	bug         = "Check the clock of this host; if it is right, this is a bug of the exporter: please report it with this message."
)

// codes holds every errcode that a data API is known to answer with.
var codes = map[int64]rule{
	-1:    {Retry, ""},
	61450: {Retry, ""},

	45011: {Backoff, ""},
	45009: {Tomorrow, spent},

	47009: {Offline, successors},
	45103: {Offline, successors},
	48009: {Offline, successors},

	48001: {Denied, certify},
	48004: {Denied, banned},
	50001: {Denied, certify},
	50002: {Denied, banned},
	61502: {Denied, game},
	61003: {Denied, authorize},
	61007: {Denied, authorize},

	41001: {Invalid, noQuery},
	42007: {Credentials, reauthorize},
	50007: {Credentials, thawAccount},

	40001: {Credentials, fixToken},
	40014: {Credentials, fixToken},
	42001: {Credentials, fixToken},

	40013: {Credentials, fixAppID},
	41002: {Credentials, fixAppID},
	40125: {Credentials, fixSecret},
	41004: {Credentials, fixSecret},
	40243: {Credentials, fixFrozen},

	40164: {Credentials, allowIP},
	61004: {Credentials, allowIPPlat},
	89501: {Credentials, confirmIP},
	89502: {Credentials, confirmIP},
	89503: {Credentials, confirmIP},
	89504: {Credentials, confirmIP},
	89505: {Credentials, confirmIP},
	89506: {Credentials, refusedIP},
	89507: {Credentials, refusedIP},

	76021: {Denied, ""}, // the quota API: path unknown
	76022: {Denied, ""}, // the quota API: no permission

	61451:     {Rejected, bug},
	61500:     {Rejected, bug},
	codeEarly: {Rejected, bug},

	codeArguments: {Rejected, bug},

	61503: {NotReady, ""},
}

// retCodes holds the codes that mean something else as base_resp.ret.
var retCodes = map[int64]rule{
	2009:          {Absent, noPublisher},
	retParameters: {Rejected, bug},
	45010:         {Backoff, badAction}, // called too often, or for what the account has not
}

// tokenCodes holds the codes that mean something else at a token endpoint, which
// is sent a secret or the tokens of a platform.
var tokenCodes = map[int64]rule{
	40001: {Credentials, fixSecret},
	40014: {Credentials, fixPlatform},
	42001: {Credentials, "Renew the component access token of the third-party platform; it has expired."},
	61023: {Credentials, "Have the account authorize the third-party platform again and write the new refresh token to refresh_token_file; WeChat rejects the present one."},
}

// tokenRejected holds the codes after which one new token is fetched.
var tokenRejected = map[string]bool{"40001": true, "40014": true, "42001": true}

// adviseAddress replaces {ip} in advice by the addresses that errmsg names.
func adviseAddress(advice, errmsg string) string {
	ip := "the exporter's public address"
	if found := addresses(errmsg); len(found) > 0 {
		ip = strings.Join(found, " and ")
	}
	return strings.ReplaceAll(advice, "{ip}", ip)
}

var addressLike = regexp.MustCompile(`[0-9a-fA-F.:]+`)

// addresses returns the IP addresses in a text such as "invalid ip 192.0.2.1
// ipv6 ::ffff:192.0.2.1, not in whitelist", each once, IPv4 in its own form.
func addresses(text string) []string {
	var found []string
	for _, word := range addressLike.FindAllString(text, -1) {
		ip, err := netip.ParseAddr(strings.TrimRight(word, ".:"))
		if err != nil { // the colon of "IP:192.0.2.1"
			ip, err = netip.ParseAddr(strings.Trim(word, ".:"))
		}
		if s := ip.Unmap().String(); err == nil && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}
