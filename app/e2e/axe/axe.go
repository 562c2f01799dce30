// Package axe has axe-core for browser tests, which put it into the pages that they look at. Its version
// is in package.json, its licence (MPL-2.0) beside it; `make vendor-js` copies both from its npm package.
package axe

import _ "embed"

// Source is the whole of axe-core as a script; it defines window.axe.
//
//go:embed axe.min.js
var Source string

// Run is an expression that has axe look at the page. Once that is done, window.axeFound is a JSON array
// of Violation.
const Run = `delete window.axeFound; axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}, resultTypes: ["violations"],
}).then(r => window.axeFound = JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n =>
	n.target.join(" ") + ": " + n.html.slice(0, 160) + " | " + (n.any.concat(n.all, n.none)[0]?.message ?? ""))}))),
	e => window.axeFound = JSON.stringify([{id: "axe", help: String(e), nodes: []}])); true`

// Violation is one rule that a page breaks, with the elements that break it.
type Violation struct {
	ID, Help string
	Nodes    []string
}

// String names the rule and the first few elements.
func (v Violation) String() string {
	s := v.Help + " (" + v.ID + ")"
	for _, n := range v.Nodes[:min(4, len(v.Nodes))] {
		s += "\n  " + n
	}
	return s
}
