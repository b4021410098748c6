package wxclient

// ReadMeasures are the eight fields on reading that the article family shares.
type ReadMeasures struct {
	IntPageReadUser  *int64 `json:"int_page_read_user"`  // readers of the article page
	IntPageReadCount *int64 `json:"int_page_read_count"` // reads of the article page
	OriPageReadUser  *int64 `json:"ori_page_read_user"`  // readers of the linked original page
	OriPageReadCount *int64 `json:"ori_page_read_count"` // reads of the linked original page
	ShareUser        *int64 `json:"share_user"`          // users who shared
	ShareCount       *int64 `json:"share_count"`         // shares
	AddToFavUser     *int64 `json:"add_to_fav_user"`     // users who added to their favourites
	AddToFavCount    *int64 `json:"add_to_fav_count"`    // additions to favourites
}

// ArticleSummary is a row of getarticlesummary: a day and an article.
type ArticleSummary struct {
	RefDate string `json:"ref_date"` // the day of reading
	MsgID   Text   `json:"msgid"`    // such as 12003_3: the message and the article's place in it
	Title   string `json:"title"`
	ReadMeasures
}

// ArticleTotal is a row of getarticletotal: an article by its sending day.
type ArticleTotal struct {
	RefDate string            `json:"ref_date"` // the day of sending
	MsgID   Text              `json:"msgid"`
	Title   string            `json:"title"`
	URL     string            `json:"url"`
	Details []ArticleTotalDay `json:"details"`
}

// ArticleTotalDay is an element of details of getarticletotal: what an article
// had come to by the end of a day.
type ArticleTotalDay struct {
	StatDate   string `json:"stat_date"`
	TargetUser *int64 `json:"target_user"` // users whom the article was sent to
	ReadMeasures
	ReadSources
	FeedShares
}

// ReadSources are the readers and reads of getarticletotal by where they came
// from.
type ReadSources struct {
	SessionReadUser   *int64 `json:"int_page_from_session_read_user"`
	SessionReadCount  *int64 `json:"int_page_from_session_read_count"`
	HistMsgReadUser   *int64 `json:"int_page_from_hist_msg_read_user"`
	HistMsgReadCount  *int64 `json:"int_page_from_hist_msg_read_count"`
	FeedReadUser      *int64 `json:"int_page_from_feed_read_user"`
	FeedReadCount     *int64 `json:"int_page_from_feed_read_count"`
	FriendsReadUser   *int64 `json:"int_page_from_friends_read_user"`
	FriendsReadCount  *int64 `json:"int_page_from_friends_read_count"`
	OtherReadUser     *int64 `json:"int_page_from_other_read_user"`
	OtherReadCount    *int64 `json:"int_page_from_other_read_count"`
	KanyikanReadUser  *int64 `json:"int_page_from_kanyikan_read_user"`
	KanyikanReadCount *int64 `json:"int_page_from_kanyikan_read_count"`
	SouyisouReadUser  *int64 `json:"int_page_from_souyisou_read_user"`
	SouyisouReadCount *int64 `json:"int_page_from_souyisou_read_count"`
}

// FeedShares are the shares to Moments of getarticletotal by where they came
// from. WeChat names these counts cnt.
type FeedShares struct {
	SessionShareUser *int64 `json:"feed_share_from_session_user"`
	SessionShareCnt  *int64 `json:"feed_share_from_session_cnt"`
	FeedShareUser    *int64 `json:"feed_share_from_feed_user"`
	FeedShareCnt     *int64 `json:"feed_share_from_feed_cnt"`
	OtherShareUser   *int64 `json:"feed_share_from_other_user"`
	OtherShareCnt    *int64 `json:"feed_share_from_other_cnt"`
}

// UserRead is a row of getuserread: a day and, in all but old rows, a source of
// reading. Without one the row is the total.
type UserRead struct {
	RefDate    string `json:"ref_date"`
	UserSource *int64 `json:"user_source"`
	ReadMeasures
}

// UserReadHour is a row of getuserreadhour: an hour of a day and a source of
// reading.
type UserReadHour struct {
	UserRead
	RefHour         *int64 `json:"ref_hour"`          // 0, 100 to 2300
	TotalOnlineTime *int64 `json:"total_online_time"` // always 0
}

// UserShare is a row of getusershare: a day and a place of sharing.
type UserShare struct {
	RefDate    string `json:"ref_date"`
	ShareScene *int64 `json:"share_scene"`
	ShareUser  *int64 `json:"share_user"`  // users who shared
	ShareCount *int64 `json:"share_count"` // shares
}

// UserShareHour is a row of getusersharehour: an hour of a day and a place of
// sharing.
type UserShareHour struct {
	UserShare
	RefHour *int64 `json:"ref_hour"` // 0, 100 to 2300
}
