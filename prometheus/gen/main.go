// Command gen writes the rules with Chinese annotations, rules.zh.yml, from rules.yml
// and annotations.zh.yml. It is run in the directory prometheus.
package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

const head = `# wx_exporter 的记录规则和告警规则，内容与 rules.yml 相同，告警说明为中文；两个文件只加载其中一个。
# 本文件由 make rules 根据 rules.yml 和 gen/annotations.zh.yml 生成，各条规则的注释见 rules.yml。
`

func main() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write() error {
	rules, err := os.ReadFile("rules.yml")
	if err != nil {
		return err
	}
	texts, err := os.ReadFile("gen/annotations.zh.yml")
	if err != nil {
		return err
	}
	chinese, err := translate(rules, texts)
	if err != nil {
		return err
	}
	return os.WriteFile("rules.zh.yml", chinese, 0o644)
}

// translate puts the annotations of texts into rules, has them lead to the Chinese
// documents, and leaves the rules' comments out. Every alert needs a text, and every text an alert.
func translate(rules, texts []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(rules, &doc); err != nil {
		return nil, fmt.Errorf("rules.yml: %w", err)
	}
	chinese := map[string]map[string]string{}
	if err := yaml.Unmarshal(texts, &chinese); err != nil {
		return nil, fmt.Errorf("annotations.zh.yml: %w", err)
	}
	uncomment(&doc)
	for _, group := range value(doc.Content[0], "groups").Content {
		for _, rule := range value(group, "rules").Content {
			alert := value(rule, "alert")
			if alert == nil {
				continue
			}
			annotations := value(rule, "annotations")
			for name, text := range chinese[alert.Value] {
				if old := value(annotations, name); old != nil {
					old.Value, old.Style = closed.ReplaceAllString(text, "$1"), yaml.FoldedStyle
				}
			}
			if page := value(annotations, "runbook_url"); page != nil {
				page.Value = strings.Replace(page.Value, "/docs/", "/docs/zh/", 1)
			}
			if len(chinese[alert.Value]) == 0 {
				return nil, fmt.Errorf("annotations.zh.yml: %s has no text", alert.Value)
			}
			delete(chinese, alert.Value)
		}
	}
	for alert := range chinese {
		return nil, fmt.Errorf("annotations.zh.yml: there is no alert %s", alert)
	}
	var out bytes.Buffer
	out.WriteString(head)
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(&doc)
	return out.Bytes(), err
}

// value returns the value of a key of a mapping; nil when it is not there.
func value(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; mapping != nil && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// closed is the space that a line's end leaves after a Chinese full stop or colon, where
// there is none.
var closed = regexp.MustCompile(`([。：；，）]) `)

func uncomment(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, child := range n.Content {
		uncomment(child)
	}
}
