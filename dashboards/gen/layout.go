package main

import "slices"

// section is a row of the dashboard and its panels; one without a key has no
// head.
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
		if s.key == "" {
			inside, high := place(l, s.panels, &id, y)
			all, y = append(all, inside...), y+high
			continue
		}
		head := &panel{ID: id, Type: "row", Title: l.of(panelText(s.key).title), Collapsed: new(s.collapsed), Panels: &[]*panel{}, GridPos: gridPos{W: 24, H: 1, Y: y}}
		all = append(all, head)
		y++
		inside, high := place(l, s.panels, &id, y)
		if s.collapsed {
			head.Panels = &inside
			continue
		}
		all, y = append(all, inside...), y+high
	}
	return slices.Clip(all)
}

// place draws panels from y on and returns how many rows of the grid they take.
func place(l lang, drawers []drawer, id *int, y int) (panels []*panel, high int) {
	top, x, line := y, 0, 0
	for _, d := range drawers {
		p := d.draw(l)
		p.whenEmpty(l)
		*id++
		p.ID = *id
		if x+p.GridPos.W > 24 {
			x, y, line = 0, y+line, 0
		}
		p.GridPos.X, p.GridPos.Y = x, y
		x, line = x+p.GridPos.W, max(line, p.GridPos.H)
		panels = append(panels, p)
	}
	return panels, y + line - top
}
