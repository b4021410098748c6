package wxclient

// SceneReaders is an element of read_user_source: the readers who came from
// one place.
type SceneReaders struct {
	UserCount *int64 `json:"user_count"`
	SceneDesc string `json:"scene_desc"` // Chinese; the one that means all is a deduplicated total
}

// ArticleRead is a row of getarticleread: a day and an article.
type ArticleRead struct {
	RefDate string            `json:"ref_date"`
	MsgID   Text              `json:"msgid"`
	Detail  ArticleReadDetail `json:"detail"`
}

// ArticleReadDetail is the detail of an ArticleRead.
type ArticleReadDetail struct {
	ReadUser       *int64         `json:"read_user"`
	ReadUserSource []SceneReaders `json:"read_user_source"`
}

// ArticleShare is a row of getarticleshare: a day and an article.
type ArticleShare struct {
	RefDate string             `json:"ref_date"`
	MsgID   Text               `json:"msgid"`
	Detail  ArticleShareDetail `json:"detail"`
}

// ArticleShareDetail is the detail of an ArticleShare.
type ArticleShareDetail struct {
	ShareUser *int64 `json:"share_user"`
}

// PublishMeasures are the fields that getbizsummary has for an account and
// getarticletotaldetail for an article.
type PublishMeasures struct {
	ReadUser       *int64         `json:"read_user"`
	ReadUserSource []SceneReaders `json:"read_user_source"`
	ShareUser      *int64         `json:"share_user"`
	ZaikanUser     *int64         `json:"zaikan_user"` // users who marked as Wow
	LikeUser       *int64         `json:"like_user"`
	CommentCount   *int64         `json:"comment_count"`
	CollectionUser *int64         `json:"collection_user"` // users who added to their favourites
}

// BizSummary is a row of getbizsummary: a day.
type BizSummary struct {
	RefDate string           `json:"ref_date"`
	Detail  BizSummaryDetail `json:"detail"`
}

// BizSummaryDetail is the detail of a BizSummary.
type BizSummaryDetail struct {
	PublishMeasures
	RedirectOriPageUser *int64 `json:"redirect_ori_page_user"` // users who went on to the linked original page
	SendPageCount       *int64 `json:"send_page_count"`        // articles that were published
}

// ArticleTotalDetail is a row of getarticletotaldetail: an article by its
// publishing day.
type ArticleTotalDetail struct {
	RefDate     string             `json:"ref_date"` // the day of publishing
	MsgID       Text               `json:"msgid"`
	PublishType Text               `json:"publish_type"`
	Title       string             `json:"title"`
	ContentURL  string             `json:"content_url"`
	DetailList  []ArticleDetailDay `json:"detail_list"`
}

// ArticleDetailDay is an element of detail_list: what an article had come to by
// the end of a day.
type ArticleDetailDay struct {
	StatDate string `json:"stat_date"`
	PublishMeasures
	PraiseMoney       *int64         `json:"praise_money"` // fen, hundredths of a yuan
	ReadSubscribeUser *int64         `json:"read_subscribe_user"`
	ReadDeliveryRate  *float64       `json:"read_delivery_rate"`  // 0 to 1
	ReadFinishRate    *float64       `json:"read_finish_rate"`    // 0 to 1
	ReadAvgActiveTime *float64       `json:"read_avg_activetime"` // minutes
	ReadJumpPosition  []JumpPosition `json:"read_jump_position"`
}

// JumpPosition is an element of read_jump_position: how many readers left in
// one of the fifths of an article.
type JumpPosition struct {
	Position *int64   `json:"position"` // 1 to 5
	Rate     *float64 `json:"rate"`     // 0 to 1
}
