"""The Persian words of the site's interface: plain data, looked up by the English ones."""

SITE = {"fa": "توجه و تولید", "en": "Attention and Generation"}
AUTHOR = {"fa": "گروه توجه و تولید", "en": "The Attention and Generation team"}

NUMBERED = {          # the words before a number, in captions and references
    "en": {"figure": "Figure %s", "table": "Table %s", "code-block": "Listing %s", "section": "Section %s",
           "exercise": "Exercise %s"},
    "fa": {"figure": "شکل %s", "table": "جدول %s", "code-block": "برنامهٔ %s", "section": "بخش %s",
           "exercise": "تمرین %s"},
}                     # theorems and their like are named by sphinx-proof, through its catalogue

CELL_PROMPTS = {      # myst-nb's sentences over hidden cells, and ours
    "en": {"Show code cell source": "Show the code", "Hide code cell source": "Hide the code",
           "Show code cell output": "Show the output", "Hide code cell output": "Hide the output",
           "Show code cell outputs": "Show the output", "Hide code cell outputs": "Hide the output",
           "Show code cell content": "Show code and output", "Hide code cell content": "Hide code and output"},
    "fa": {"Show code cell source": "نمایش کد", "Hide code cell source": "پنهان کردن کد",
           "Show code cell output": "نمایش خروجی", "Hide code cell output": "پنهان کردن خروجی",
           "Show code cell outputs": "نمایش خروجی", "Hide code cell outputs": "پنهان کردن خروجی",
           "Show code cell content": "نمایش کد و خروجی", "Hide code cell content": "پنهان کردن کد و خروجی"},
}

PERSIAN = {
    # admonitions and numbered blocks
    "Note": "یادداشت", "Warning": "هشدار", "Tip": "نکته", "Hint": "راهنمایی", "Important": "مهم",
    "Attention": "توجه کنید", "Caution": "احتیاط", "Danger": "خطر", "Error": "خطا", "See also": "همچنین ببینید",
    "Todo": "کارهای مانده", "Exercise": "تمرین", "Solution to": "پاسخ", "Solution": "پاسخ", "Proof": "برهان",
    "Theorem": "قضیه", "Lemma": "لم", "Definition": "تعریف", "Proposition": "گزاره", "Corollary": "نتیجه",
    "Algorithm": "الگوریتم", "Example": "مثال", "Remark": "تبصره", "Property": "ویژگی",
    # round the page
    "Contents": "در این صفحه", "On this page": "در این صفحه", "Page": "صفحه", "Main": "فهرست کتاب",
    "Search": "جستجو", "Search this book...": "جستجو در کتاب", "Searching": "در حال جستجو",
    "Search Results": "نتیجه‌های جستجو", "By": "نوشتهٔ", "Home": "خانه", "Breadcrumb": "مسیر",
    "previous": "پیشین", "next": "پسین", "previous page": "صفحهٔ پیشین", "next page": "صفحهٔ پسین",
    "Back to top": "بازگشت به بالا", "Skip to main content": "پرش به متن اصلی",
    "Site navigation": "فهرست کتاب", "Section Navigation": "فهرست بخش", "Version warning": "هشدار نسخه",
    "Announcement": "اعلان", "Toggle primary sidebar": "فهرست کتاب", "Toggle secondary sidebar": "فهرست صفحه",
    "Collapse Sidebar": "بستن فهرست", "Expand Sidebar": "گشودن فهرست",
    "Light": "روشن", "Dark": "تیره", "System Settings": "تنظیم دستگاه", "Color mode": "روشن یا تیره",
    "Toggle navigation": "گشودن یا بستن فهرست", "logo": "نشان", "Logo": "نشان", "Link": "پیوند",
    # header buttons
    "Download this page": "دریافت این صفحه", "Download source file": "دریافت متن صفحه",
    "Download notebook file": "دریافت دفترچه", "Print to PDF": "چاپ یا ساختن PDF", "Fullscreen mode": "تمام‌صفحه",
    "Launch on": "اجرا در", "Launch on Binder": "اجرا در Binder", "Launch interactive content": "اجرای این صفحه",
    "Source repositories": "مخزن کد", "Source repository": "مخزن کد", "Repository": "مخزن", "Show source": "متن صفحه",
    "Show Source": "متن صفحه", "Suggest edit": "پیشنهاد ویرایش",
    "Open issue": "گزارش اشکال", "Open an issue": "گزارش اشکال",
    # permalinks and hidden content
    "Link to this heading": "پیوند به این عنوان", "Link to this image": "پیوند به این شکل",
    "Link to this table": "پیوند به این جدول", "Link to this code": "پیوند به این برنامه",
    "Link to this equation": "پیوند به این رابطه", "Permalink to this equation": "پیوند به این رابطه",
    "Link to this term": "پیوند به این واژه", "Link to this definition": "پیوند به این تعریف",
    "Link to this toctree": "پیوند به این فهرست",
    "Click to show": "نمایش", "Click to hide": "پنهان کردن",
    "Copy": "رونوشت", "Copied!": "رونوشت شد",
}

# Strings that scripts of third parties keep to themselves, by the name they look them up under.
COPY_BUTTON = {"copy": "رونوشت", "copy_to_clipboard": "رونوشت‌برداری",
               "copy_success": "رونوشت شد", "copy_failure": "رونوشت نشد"}
SEARCH_RESULTS = {
    "Search Results": "نتیجه‌های جستجو", "Searching": "در حال جستجو", "Preparing search...": "آماده‌سازی جستجو…",
    ", in ": "، در ", "Hide Search Matches": "برداشتن نشانه‌های جستجو",
    "Your search did not match any documents. Please make sure that all words are spelled correctly "
    "and that you've selected enough categories.": "چیزی پیدا نشد. املای واژه‌ها را ببینید یا واژهٔ کوتاه‌تری بنویسید.",
    "Search finished, found ${resultCount} page(s) matching the search query.": "${resultCount} صفحه پیدا شد.",
}
