package main

import (
	"fmt"
	"strings"

	"github.com/wxexporter/wx_exporter/collector"
)

// lang is a language of the dashboards.
type lang string

const (
	english lang = "en"
	chinese lang = "zh"
)

func languages() []lang { return []lang{english, chinese} }

// uid is a dashboard's uid in the language.
func (l lang) uid(english string) string {
	if l == chinese {
		return english + "-" + string(l)
	}
	return english
}

// words say the same in both languages.
type words struct{ en, zh string }

func (l lang) of(w words) string {
	if l == chinese {
		return w.zh
	}
	return w.en
}

// text is a title and what to know about what stands under it.
type text struct{ title, help words }

// merged puts tables of texts together.
func merged(tables ...map[string]text) map[string]text {
	all := map[string]text{}
	for _, table := range tables {
		for key, t := range table {
			if _, twice := all[key]; twice {
				panic(fmt.Sprintf("two words for %q", key))
			}
			all[key] = t
		}
	}
	return all
}

// panelText returns the words of a dashboard, a row or a panel.
func panelText(key string) text {
	t, ok := texts[key]
	if !ok {
		panic(fmt.Sprintf("no words for %q", key))
	}
	return t
}

// name returns the name of a column, a line or a value.
func name(key string) words {
	w, ok := names[key]
	if !ok {
		panic(fmt.Sprintf("no name for %q", key))
	}
	return w
}

// codeName is the name of a code in a label.
type codeName struct {
	code  string
	name  words
	color string // of codes that say how bad something is; "" for others
}

// codesOf returns the names of a kind of codes: those of wx_code_info, the
// scenes of the publish family, what readers did, APIs and their families, alerts, and
// what refusals mean.
func codesOf(kind string) []codeName {
	var all []codeName
	switch kind {
	case "publish_scene":
		for _, s := range collector.Scenes() {
			all = append(all, codeName{code: s.Word, name: words{scenes[s.Word], s.Chinese}})
		}
	case "advice":
		all = advice
	case "alert":
		all = alerts
	case "":
	case "api":
		for _, f := range collector.Families() {
			for _, a := range f.APIs {
				all = append(all, codeName{code: a.Name, name: words{a.Name, a.Title.Chinese + " " + a.Name}})
			}
		}
		all = append(all, codeName{code: "token", name: words{"token", "令牌"}}, codeName{code: "quota", name: words{"quota", "配额"}}, codeName{code: anyAPI, name: name("anyapi")})
	case "reason":
		all = reasons
	case "portrait":
		all = portraits
	case "phase":
		all = phases
	case "family":
		for _, f := range collector.Families() {
			all = append(all, codeName{code: f.Name, name: families[f.Name]})
		}
	case "msg_interval":
		for _, c := range collector.Codes() {
			if c.Kind == kind {
				all = append(all, codeName{code: c.Code, name: words{c.Name + " messages", strings.Replace(c.NameZH+" 条", "次以上 条", " 条以上", 1)}})
			}
		}
	case "response":
		for _, r := range responses {
			all = append(all, codeName{code: r, name: name(r)})
		}
	default:
		for _, c := range collector.Codes() {
			if c.Kind == kind {
				all = append(all, codeName{code: c.Code, name: words{c.Name, c.NameZH}})
			}
		}
	}
	return append(all, undocumented[kind]...)
}
