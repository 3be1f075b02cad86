package account

import (
	"context"
	"fmt"

	"github.com/teahouse-im/teahouse/api"
	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/chat/moderation"
)

// wordPageRate is how many calls a second an app may make of those that go through all words
// of a list.
const wordPageRate = 20

// wordPage is how many entries a page has that names no Limit.
const wordPage = 20

// wordRows are about blocked words (spec/09 §E). The commands that make, change and delete a
// list are of our own.
func wordRows() []*api.Command {
	row := api.WordsService
	return []*api.Command{
		api.Row(row, "get_cloud_audit_keywords_ids", "", api.Admins, wordLists),
		api.Row(row, "get_cloud_audit_keywords", "", api.Admins, wordsOf).AtMost(wordPageRate),
		api.Row(row, "add_cloud_audit_keywords", "", api.Admins, addWords).Takes("UserKeywords", 1, moderation.MaxAdd),
		api.Row(row, "delete_cloud_audit_keywords", "", api.Admins, deleteWords).Takes("Keywords", 1, moderation.MaxRemove),
		api.Row(row, "create_cloud_audit_keywords_lib", "", api.Admins, makeWordList),
		api.Row(row, "modify_cloud_audit_keywords_lib", "", api.Admins, modifyWordList),
		api.Row(row, "delete_cloud_audit_keywords_lib", "", api.Admins, deleteWordList),
	}
}

// requestID is in every answer of the service that is no refusal.
type requestID struct {
	ID string `json:"RequestId"`
}

func newRequestID(c *api.Call) requestID {
	a, b := c.Core.Moderation.Number(), c.Core.Moderation.Number()
	return requestID{fmt.Sprintf("%08x%08x", a, b)}
}

// ofApp is what every request of the service has; nil is the caller's own app.
func ofApp(c *api.Call, named *uint64) error {
	if named != nil && *named != uint64(c.By.App) {
		return chat.Refuse(chat.CodeWordsParameter, "SdkAppId is not that of the address")
	}
	return nil
}

// pageOf checks Offset and Limit.
func pageOf(offset, limit *int) (from, most int, err error) {
	most = wordPage
	if offset != nil {
		from = *offset
	}
	if limit != nil {
		most = *limit
	}
	if from < 0 || most < 0 || most > moderation.MaxPage {
		return 0, 0, chat.Refuse(chat.CodeWordsParameter, "Offset is negative, or Limit not 0 to %d", moderation.MaxPage)
	}
	return from, most, nil
}

type wordListsQuery struct {
	App    *uint64 `wire:"SdkAppId"`
	Offset *int    `wire:"Offset"`
	Limit  *int    `wire:"Limit"`
}

type wordList struct {
	ID         string                `json:"ID"`
	Name       string                `json:"LibName"`
	Describe   string                `json:"Describe"`
	Created    int64                 `json:"CreateTime"`
	Suggestion moderation.Suggestion `json:"Suggestion"`
}

type wordListPage struct {
	requestID
	Total int        `json:"TotalCount"`
	Infos []wordList `json:"Infos"`
}

func wordLists(ctx context.Context, c *api.Call, r *wordListsQuery) (*wordListPage, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	offset, limit, err := pageOf(r.Offset, r.Limit)
	if err != nil {
		return nil, err
	}
	list, total, err := c.Core.Moderation.Lists(ctx, c.By, offset, limit)
	if err != nil {
		return nil, err
	}
	answer := wordListPage{newRequestID(c), total, make([]wordList, len(list))}
	for i, l := range list {
		answer.Infos[i] = wordList{l.ID, l.Name, l.Describe, l.Created, l.Suggestion}
	}
	return &answer, nil
}

type wordsQuery struct {
	App     *uint64 `wire:"SdkAppId"`
	List    string  `wire:"!LibID"`
	Offset  *int    `wire:"Offset"`
	Limit   *int    `wire:"Limit"`
	Content string  `wire:"Content"`
}

type word struct {
	ID      string `json:"ID"`
	Content string `json:"Content"`
	Created int64  `json:"CreateTime"`
}

type wordsPage struct {
	requestID
	Total int    `json:"TotalCount"`
	Infos []word `json:"Infos"`
}

func wordsOf(ctx context.Context, c *api.Call, r *wordsQuery) (*wordsPage, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	offset, limit, err := pageOf(r.Offset, r.Limit)
	if err != nil {
		return nil, err
	}
	list, total, err := c.Core.Moderation.Words(ctx, c.By, r.List, r.Content, offset, limit)
	if err != nil {
		return nil, err
	}
	answer := wordsPage{newRequestID(c), total, make([]word, len(list))}
	for i, w := range list {
		answer.Infos[i] = word{w.ID, w.Content, w.Created}
	}
	return &answer, nil
}

type newWord struct {
	Content string `wire:"!Content"`
	Label   string `wire:"Label"`
}

type wordsAddition struct {
	App  *uint64   `wire:"SdkAppId"`
	List string    `wire:"!LibID"`
	New  []newWord `wire:"!UserKeywords"`
}

func addWords(ctx context.Context, c *api.Call, r *wordsAddition) (*requestID, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	list := make([]moderation.NewWord, len(r.New))
	for i, w := range r.New {
		list[i] = moderation.NewWord(w)
	}
	return answered(c, c.Core.Moderation.Add(ctx, c.By, r.List, list))
}

// answered is an answer that is the envelope alone.
func answered(c *api.Call, err error) (*requestID, error) {
	if err != nil {
		return nil, err
	}
	id := newRequestID(c)
	return &id, nil
}

type wordsRemoval struct {
	App   *uint64  `wire:"SdkAppId"`
	List  string   `wire:"!LibID"`
	Words []string `wire:"!Keywords"`
}

type removedWord struct {
	ID      string `json:"KeywordID"`
	Word    string `json:"Keyword"`
	Deleted bool   `json:"Deleted"`
	Info    string `json:"ErrorInfo"`
}

type removedWords struct {
	requestID
	Details []removedWord `json:"Details"`
	Count   int           `json:"Count"`
}

func deleteWords(ctx context.Context, c *api.Call, r *wordsRemoval) (*removedWords, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	gone, err := c.Core.Moderation.Remove(ctx, c.By, r.List, r.Words)
	if err != nil {
		return nil, err
	}
	answer := removedWords{newRequestID(c), make([]removedWord, len(gone)), 0}
	for i, g := range gone {
		answer.Details[i] = removedWord{Word: g.Content, Info: "there is no such word in the list"}
		if g.Word != nil {
			answer.Details[i] = removedWord{ID: g.Word.ID, Word: g.Content, Deleted: true}
			answer.Count++
		}
	}
	return &answer, nil
}

// suggestion says what becomes of a text that has a word of the list.
type suggestion string

// Words implements api.Worded.
func (suggestion) Words() []string {
	return []string{string(moderation.Block), string(moderation.Replace)}
}

type wordListDraft struct {
	App        *uint64     `wire:"SdkAppId"`
	Name       *string     `wire:"!LibName"`
	Describe   *string     `wire:"Describe"`
	Suggestion *suggestion `wire:"Suggestion"`
}

type wordListMade struct {
	requestID
	List string `json:"LibID"`
}

func makeWordList(ctx context.Context, c *api.Call, r *wordListDraft) (*wordListMade, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	d := moderation.Draft{Name: r.Name, Describe: r.Describe, Suggestion: (*moderation.Suggestion)(r.Suggestion)}
	id, err := c.Core.Moderation.Make(ctx, c.By, d)
	if err != nil {
		return nil, err
	}
	return &wordListMade{newRequestID(c), id}, nil
}

type wordListChange struct {
	App        *uint64     `wire:"SdkAppId"`
	List       string      `wire:"!LibID"`
	Name       *string     `wire:"LibName"`
	Describe   *string     `wire:"Describe"`
	Suggestion *suggestion `wire:"Suggestion"`
}

func modifyWordList(ctx context.Context, c *api.Call, r *wordListChange) (*requestID, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	d := moderation.Draft{Name: r.Name, Describe: r.Describe, Suggestion: (*moderation.Suggestion)(r.Suggestion)}
	return answered(c, c.Core.Moderation.Modify(ctx, c.By, r.List, d))
}

type wordListRef struct {
	App  *uint64 `wire:"SdkAppId"`
	List string  `wire:"!LibID"`
}

func deleteWordList(ctx context.Context, c *api.Call, r *wordListRef) (*requestID, error) {
	if err := ofApp(c, r.App); err != nil {
		return nil, err
	}
	return answered(c, c.Core.Moderation.Delete(ctx, c.By, r.List))
}
