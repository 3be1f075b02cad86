package chattest

import (
	"fmt"
	"strconv"

	"github.com/teahouse-im/teahouse/chat"
)

// optionStories are one story for each cell of the tables about joining and inviting, and in
// the latter for each rank.
func optionStories() []Story {
	var list []Story
	for _, t := range chat.GroupTypes() {
		for _, row := range Joins {
			list = append(list, joins(t, row))
		}
		for _, row := range Invites {
			for _, rank := range ranks {
				if rank != "admin" || hasAdmins(t) {
					list = append(list, invites(t, row, rank))
				}
			}
		}
	}
	return list
}

func joins(t chat.GroupType, row Row) Story {
	name := fmt.Sprintf("outsider joins a %s group with ApplyJoinOption %q", t, row.Deed)
	return Story{Name: name, Tell: func(r *Runner) {
		g := stageWith(r, t, chat.JoinOption(row.Deed), "")
		in := r.As(otto).Join(g)
		switch cell := row.Cell(t); cell {
		case "in", "waits":
			r.Wants(0)
			r.Same(in, cell == "in")
		default:
			code, err := strconv.Atoi(cell)
			if err != nil {
				r.t.Fatalf("rules.txt: %q", cell)
			}
			r.Wants(chat.Code(code))
		}
	}}
}

func invites(t chat.GroupType, row Row, rank string) Story {
	name := fmt.Sprintf("%s invites to a %s group with InviteJoinOption %q", sentenceRank[rank], t, row.Deed)
	return Story{Name: name, Tell: func(r *Runner) {
		g := stageWith(r, t, chat.JoinFree, chat.InviteOption(row.Deed))
		results := r.As(players[rank]).Invite(g, nina)
		want := row.Wants(t, rank)
		r.Wants(want)
		switch {
		case want != 0:
		case row.Waits(t, rank):
			r.Same(results, []int{3})
		default:
			r.Same(results, []int{1})
		}
	}}
}
