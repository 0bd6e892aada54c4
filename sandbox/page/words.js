// The page's own words, in both languages. What people and the bot write is never translated.

const WORDS = {
  zh: {
    title: "梭子 · 沙盒", people: "人物", chats: "会话", back: "返回", otherLanguage: "EN", switchLanguage: "Switch to English",
    searchPeople: "按姓名、身份、网格查找", clear: "清除", everybody: "全部", withUnread: "有未读",
    morePeople: "还有 {n} 人没有显示，请输入姓名或网格查找", nobodyFound: "没有找到这样的人",
    welcome: "选一个人，就能以 TA 的身份聊天", welcomeMore: "这里是一个虚构的县。列表里的每个人都可以由你来扮演：网格员、指导员、村干部、调解员……机器人不知道这是演练。",
    welcomeStart: "请先选择：以谁的身份打开这个链接？", pickChat: "从左边选一个会话", bot: "机器人", members: "{n} 位成员", noMessages: "还没有消息",
    startHint: "点“开始”，就像第一次打开机器人一样。", start: "开始", unblock: "解除屏蔽并重新开始", blocked: "你已屏蔽机器人", block: "屏蔽机器人", unblockShort: "解除屏蔽",
    leave: "退出群组", join: "加入群组", addBot: "把机器人加进群", removeBot: "把机器人移出群", showMembers: "查看成员", chatMenu: "会话菜单",
    messages: "消息", write: "输入消息", send: "发送", attach: "添加附件", commands: "命令", keyboardShow: "展开按钮键盘", keyboardHide: "收起按钮键盘", keyboard: "按钮键盘",
    photo: "图片", document: "文件", voice: "语音", sticker: "贴纸", location: "位置", contact: "名片", poll: "投票", video: "视频", audio: "音频",
    caption: "说明（可不填）", latitude: "纬度", longitude: "经度", phone: "电话", name: "姓名", cancel: "取消", ok: "好的", save: "保存",
    reply: "回复", edit: "编辑", copy: "复制", remove: "删除", forward: "转发", more: "更多操作", copied: "已复制",
    removeAsk: "删除这条消息？对方也将看不到它。", forwardTo: "转发到", forwardedFrom: "转发自 {name}", editing: "编辑消息", replyingTo: "回复 {name}",
    edited: "已编辑", typing: "正在输入…", today: "今天", yesterday: "昨天", newMessages: "{n} 条新消息", toBottom: "回到最新", unreadCount: "{n} 条未读",
    offline: "连接断开，正在重新连接…", waiting: "等待答复", openLink: "打开链接", openLinkAsk: "要在新标签页打开这个地址吗？",
    notHere: "沙盒里不能用这种按钮", download: "下载", play: "播放", pause: "暂停", reveal: "显示隐藏的文字", expand: "展开", collapse: "收起",
    vote: "投票", retract: "撤回我的票", votes: "{n} 票", pollClosed: "投票已结束", pollPublic: "实名投票", pollAnonymous: "匿名投票", quiz: "测验",
    joined: "{name} 加入了群组", joinedBy: "{who} 邀请 {name} 加入了群组", left: "{name} 离开了群组", removedBy: "{who} 将 {name} 移出了群组",
    groupMade: "{who} 创建了群组", titleChanged: "群名改为“{title}”", pinned: "{who} 置顶了一条消息", migrated: "群组已升级为超级群组",
    photoChanged: "{who} 更换了群头像", unknown: "（这种消息无法显示）", you: "我", unknownPerson: "未知", dropHere: "松开即可发送",
  },
  en: {
    title: "Suozi · sandbox", people: "People", chats: "Chats", back: "Back", otherLanguage: "中", switchLanguage: "切换到中文",
    searchPeople: "Find by name, role or grid", clear: "Clear", everybody: "All", withUnread: "Unread",
    morePeople: "{n} more people are not shown; type a name or a grid", nobodyFound: "Nobody found",
    welcome: "Choose a person and chat as them", welcomeMore: "This is a made-up county. You can be everybody in the list: grid workers, instructors, village heads, mediators… The bot does not know it is a rehearsal.",
    welcomeStart: "Choose first: who opens this link?", pickChat: "Choose a chat on the left", bot: "bot", members: "{n} members", noMessages: "No messages yet",
    startHint: "Press “Start”, as when opening a bot for the first time.", start: "Start", unblock: "Unblock and restart", blocked: "You blocked the bot", block: "Block the bot", unblockShort: "Unblock",
    leave: "Leave the group", join: "Join the group", addBot: "Add the bot", removeBot: "Remove the bot", showMembers: "Show members", chatMenu: "Chat menu",
    messages: "Messages", write: "Message", send: "Send", attach: "Attach", commands: "Commands", keyboardShow: "Show the keyboard", keyboardHide: "Fold the keyboard", keyboard: "Keyboard",
    photo: "Photo", document: "File", voice: "Voice", sticker: "Sticker", location: "Location", contact: "Contact", poll: "Poll", video: "Video", audio: "Audio",
    caption: "Caption (optional)", latitude: "Latitude", longitude: "Longitude", phone: "Phone", name: "Name", cancel: "Cancel", ok: "OK", save: "Save",
    reply: "Reply", edit: "Edit", copy: "Copy", remove: "Delete", forward: "Forward", more: "More", copied: "Copied",
    removeAsk: "Delete this message for everybody?", forwardTo: "Forward to", forwardedFrom: "Forwarded from {name}", editing: "Edit message", replyingTo: "Reply to {name}",
    edited: "edited", typing: "typing…", today: "Today", yesterday: "Yesterday", newMessages: "{n} new", toBottom: "To the latest", unreadCount: "{n} unread",
    offline: "Connection lost, reconnecting…", waiting: "Waiting for an answer", openLink: "Open link", openLinkAsk: "Open this address in a new tab?",
    notHere: "This kind of button does not work in the sandbox", download: "Download", play: "Play", pause: "Pause", reveal: "Reveal hidden text", expand: "Show more", collapse: "Show less",
    vote: "Vote", retract: "Retract my vote", votes: "{n} votes", pollClosed: "Closed", pollPublic: "Public poll", pollAnonymous: "Anonymous poll", quiz: "Quiz",
    joined: "{name} joined the group", joinedBy: "{who} added {name}", left: "{name} left the group", removedBy: "{who} removed {name}",
    groupMade: "{who} created the group", titleChanged: "The group is now “{title}”", pinned: "{who} pinned a message", migrated: "The group became a supergroup",
    photoChanged: "{who} changed the group photo", unknown: "(This kind of message cannot be shown)", you: "Me", unknownPerson: "Unknown", dropHere: "Drop to send",
  },
};

const REMEMBERED = "suozi.language";
let language = localStorage.getItem(REMEMBERED) === "en" ? "en" : "zh";

export function currentLanguage() {
  return language;
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem(REMEMBERED, language);
}

/** The words for `key`, with each {name} replaced by its value. */
export function say(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
