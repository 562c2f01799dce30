// Package figures sums up what all bots report of themselves, for the first page and for programs:
// each bot once, with its newest figures. Where a bot reports nothing, what its platform says stands
// in and is counted apart. What nobody knows is nil, with the reason, and never 0.
package figures
