package admin

// follows is the service of follows.
const follows = "follow/"

// friendScripts are scripts about friends, blocklists and follows; see scripts.
var friendScripts = []script{
	{"friends", []string{
		account + `multiaccount_import {"AccountList":[{"UserID":"u1","Nick":"One","FaceUrl":"http://x/1"},{"UserID":"u2","Nick":"Two"},{"UserID":"u3"},{"UserID":"u4"},{"UserID":"u5"}]}`,
		profile + `portrait_set {"From_Account":"u3","ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_NeedConfirm"}]}`,
		profile + `portrait_set {"From_Account":"u4","ProfileItem":[{"Tag":"Tag_Profile_IM_AllowType","Value":"AllowType_Type_DenyAny"}]}`,
		sns + `friend_add {"From_Account":"u1","AddFriendItem":[{"To_Account":"u2","AddSource":"AddSource_Type_Web","Remark":"Deux","GroupName":"work","AddWording":"hello"},{"To_Account":"u3","AddSource":"AddSource_Type_Web"},{"To_Account":"u4","AddSource":"AddSource_Type_Web"},{"To_Account":"nobody","AddSource":"AddSource_Type_Web"},{"To_Account":"u1","AddSource":"AddSource_Type_Web"},{"To_Account":"u5","AddSource":"Web"}]}`,
		sns + `friend_add {"From_Account":"u1","AddFriendItem":[{"To_Account":"u4","AddSource":"AddSource_Type_Web"}],"AddType":"Add_Type_Single","ForceAddFlags":1}`,
		sns + `friend_add {"From_Account":"u1","AddFriendItem":[{"To_Account":"u4","AddSource":"AddSource_Type_Web"}],"AddType":"Both"}`,
		sns + `friend_add {"From_Account":"u1","AddFriendItem":[]}`,
		sns + `friend_add {"AddFriendItem":[{"To_Account":"u4","AddSource":"AddSource_Type_Web"}]}`,
		sns + `friend_import {"From_Account":"u1","AddFriendItem":[{"To_Account":"u5","AddSource":"AddSource_Type_Old","GroupName":["work","tea"],"Remark":"Cinq","RemarkTime":1600000001,"AddTime":1600000000,"CustomItem":[{"Tag":"Tag_SNS_Custom_star","Value":"5"}]},{"To_Account":"u2","AddSource":"AddSource_Type_Old"},{"To_Account":"nobody","AddSource":"AddSource_Type_Old"}]}`,
		sns + `friend_import {"From_Account":"u1","AddFriendItem":[{"To_Account":"u5","AddSource":"AddSource_Type_Old","CustomItem":[{"Tag":"Tag_Other","Value":"5"}]}]}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":0}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":0,"StandardSequence":3}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":0,"StandardSequence":3,"CustomSequence":1}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":2}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":9}`,
		sns + `friend_get_list {"From_Account":"u1","To_Account":["u2","u3","u5"],"TagList":["Tag_Profile_IM_Nick","Tag_SNS_IM_Remark","Tag_SNS_IM_Group","Tag_SNS_Custom_star"]}`,
		sns + `friend_get_list {"From_Account":"u1","To_Account":["u2"],"TagList":["Remark"]}`,
		sns + `friend_update {"From_Account":"u1","UpdateItem":[{"To_Account":"u2","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"Zwei"},{"Tag":"Tag_SNS_IM_Group","Value":["tea"]}]},{"To_Account":"u3","SnsItem":[{"Tag":"Tag_SNS_IM_Remark","Value":"Drei"}]}]}`,
		sns + `friend_update {"From_Account":"u1","UpdateItem":[{"To_Account":"u2","SnsItem":[{"Tag":"Tag_SNS_IM_AddSource","Value":"AddSource_Type_X"}]}]}`,
		sns + `friend_check {"From_Account":"u1","To_Account":["u2","u3","u5","nobody"],"CheckType":"CheckResult_Type_Both"}`,
		sns + `friend_check {"From_Account":"u5","To_Account":["u1"],"CheckType":"CheckResult_Type_Both"}`,
		sns + `friend_check {"From_Account":"u5","To_Account":["u1"],"CheckType":"CheckResult_Type_Single"}`,
		sns + `friend_check {"From_Account":"u5","To_Account":["u1"]}`,
		sns + `group_add {"From_Account":"u1","GroupName":["home","tea"],"To_Account":["u2","u3"]}`,
		sns + `group_add {"From_Account":"u1","GroupName":["empty"]}`,
		sns + `group_add {"From_Account":"u1","GroupName":[""]}`,
		sns + `group_get {"From_Account":"u1","LastSequence":0,"NeedFriend":"Need_Friend_Type_Yes"}`,
		sns + `group_get {"From_Account":"u1","LastSequence":5}`,
		sns + `group_get {"From_Account":"u1","GroupName":["tea","none"]}`,
		sns + `group_delete {"From_Account":"u1","GroupName":["tea","none"]}`,
		sns + `group_get {"From_Account":"u1"}`,
		sns + `friend_delete {"From_Account":"u1","To_Account":["u2","u3"],"DeleteType":"Delete_Type_Both"}`,
		sns + `friend_delete {"From_Account":"u1","To_Account":["u4"],"DeleteType":"All"}`,
		sns + `friend_delete_all {"From_Account":"u1"}`,
		sns + `friend_get {"From_Account":"u1","StartIndex":0}`,
	}},
	{"follows", []string{
		account + `multiaccount_import {"AccountList":[{"UserID":"u1","Nick":"One"},{"UserID":"u2","Nick":"Two"},{"UserID":"u3"}]}`,
		follows + `follow_add {"From_Account":"u1","FollowItem":[{"To_Account":"u2"},{"To_Account":"u3"},{"To_Account":"nobody"},{"To_Account":"u1"}]}`,
		follows + `follow_add {"From_Account":"u2","FollowItem":[{"To_Account":"u1"}]}`,
		follows + `follow_add {"FollowItem":[{"To_Account":"u1"}]}`,
		follows + `follow_add {"From_Account":"u1","FollowItem":[]}`,
		follows + `follow_check {"From_Account":"u1","To_Account":["u2","u3","nobody"]}`,
		follows + `follow_check {"From_Account":"u3","To_Account":["u1","u2"]}`,
		follows + `follow_get {"From_Account":"u1","FollowType":2,"StartCursor":"","WantNum":1}`,
		follows + `follow_get {"From_Account":"u1","FollowType":2,"StartCursor":"u2"}`,
		follows + `follow_get {"From_Account":"u1","FollowType":1}`,
		follows + `follow_get {"From_Account":"u1","FollowType":3}`,
		follows + `follow_get {"From_Account":"u1","FollowType":4}`,
		follows + `follow_get_info {"From_Account":"u1","To_Account":["u1","u3","nobody"]}`,
		follows + `follow_delete {"From_Account":"u1","To_Account":["u2","u2","nobody"]}`,
		follows + `follow_get_info {"From_Account":"u1","To_Account":["u1","u2"]}`,
	}},
}

func init() { scripts = append(scripts, friendScripts...) }
