// The colours of the page as they are computed, for colours.py. What moves is taken as at rest.
(() => {
    for (const moving of document.getAnimations())
        if (moving instanceof CSSTransition) moving.finish();

    const dot = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

    function rgba(colour) {
        dot.clearRect(0, 0, 1, 1);
        dot.fillStyle = colour;
        dot.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    }

    function over([r, g, b, a], under) {
        return [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
    }

    function lineage(e) {
        return e ? [...lineage(e.parentElement), e] : [];
    }

    function ground(e) {
        const lay = (under, a) => over(rgba(getComputedStyle(a).backgroundColor), under);
        return lineage(e).reduce(lay, [255, 255, 255]);
    }

    function luminance(rgb) {
        const [r, g, b] = rgb
            .map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }

    function contrast(a, b) {
        const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (light + 0.05) / (dark + 0.05);
    }

    function ofText(e, style = getComputedStyle(e)) {
        const [r, g, b, a] = rgba(style.color);
        const opacity = lineage(e).reduce((o, part) => o * getComputedStyle(part).opacity, a);
        return contrast(over([r, g, b, opacity], ground(e)), ground(e));
    }

    function isShown(e) {
        const { width, height } = e.getBoundingClientRect();
        const visible = e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        return visible && width > 1 && height > 1 && !e.closest("option, :disabled");
    }

    function named(e, text) {
        return `${e.tagName.toLowerCase()}.${[...e.classList].join(".")} “${text.trim().slice(0, 40)}”`;
    }

    function told(e, text, style = getComputedStyle(e)) {
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        return { name: named(e, text), contrast: ofText(e, style), least: large ? 3 : 4.5 };
    }

    /** Every text and every placeholder, also where one would have to scroll to it. */
    function texts() {
        const found = [];
        const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (nodes.nextNode()) {
            const { data, parentElement: e } = nodes.currentNode;
            if (data.trim() && isShown(e)) found.push(told(e, data));
        }
        for (const e of document.querySelectorAll("input, textarea"))
            if (e.placeholder && isShown(e))
                found.push(told(e, e.placeholder, getComputedStyle(e, "::placeholder")));
        return found;
    }

    /** The ring around what has the keyboard. */
    function ring() {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        const under = ground(parseFloat(style.outlineOffset) < 0 ? e : e.parentElement);
        return {
            name: named(e, e.getAttribute("aria-label") ?? e.textContent),
            width: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
            contrast: contrast(over(rgba(style.outlineColor), under), under),
        };
    }

    return { ofText, texts, ring };
})();
