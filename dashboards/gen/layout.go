package main

import "slices"

// section is a row of the dashboard and its panels.
type section struct {
	key       string
	collapsed bool
	panels    []drawer
}

// layout numbers the panels and places them, from left to right and from top
// to bottom.
func layout(l lang, sections []section) []*panel {
	var all []*panel
	id, y := 0, 0
	for _, s := range sections {
		id++
		head := &panel{ID: id, Type: "row", Title: l.of(panelText(s.key).title), Collapsed: new(s.collapsed), Panels: &[]*panel{}, GridPos: gridPos{W: 24, H: 1, Y: y}}
		all = append(all, head)
		y++
		x, high := 0, 0
		var inside []*panel
		for _, d := range s.panels {
			p := d.draw(l)
			id++
			p.ID = id
			if x+p.GridPos.W > 24 {
				x, y, high = 0, y+high, 0
			}
			p.GridPos.X, p.GridPos.Y = x, y
			x, high = x+p.GridPos.W, max(high, p.GridPos.H)
			inside = append(inside, p)
		}
		if s.collapsed {
			head.Panels = &inside
			y = head.GridPos.Y + 1
			continue
		}
		all = append(all, inside...)
		y += high
	}
	return slices.Clip(all)
}
